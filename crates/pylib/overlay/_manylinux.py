"""Asked by installers (PEP 600): may wheels with compiled code be used?

No: they are made for CPython's C interface, which Taipan does not have. Installers then take the
pure-Python wheel or the source.
"""

manylinux1_compatible = False
manylinux2010_compatible = False
manylinux2014_compatible = False


def manylinux_compatible(tag_major, tag_minor, tag_arch):
    return False
