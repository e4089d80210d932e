"""The library's files as resources: they lie in the executable, not in a folder."""

import _imp
import io
from importlib.resources.abc import Traversable, TraversableResources


class PackedPath(Traversable):
    """A file or folder of the library."""

    def __init__(self, path):
        self._path = path

    def __repr__(self):
        return f"{type(self).__name__}({self._path!r})"

    def __str__(self):
        return self._path

    def __eq__(self, other):
        return self._path == other._path if isinstance(other, PackedPath) else NotImplemented

    def __hash__(self):
        return hash(self._path)

    @property
    def name(self):
        return self._path.rpartition("/")[2]

    def iterdir(self):
        entries = _imp._packed_dir(self._path)
        if entries is None:
            raise NotADirectoryError(self._path)
        for name, is_dir in entries:
            yield PackedPath(f"{self._path}/{name}")

    def is_dir(self):
        return _imp._packed_dir(self._path) is not None

    def is_file(self):
        return _imp._packed_file(self._path) is not None

    def joinpath(self, *descendants):
        parts = [part for name in descendants for part in str(name).split("/") if part not in ("", ".")]
        return PackedPath("/".join([self._path, *parts]))

    def __truediv__(self, child):
        return self.joinpath(child)

    def open(self, mode="r", *args, **kwargs):
        stream = io.BytesIO(self.read_bytes())
        if mode in ("r", "rt"):
            return io.TextIOWrapper(stream, *args, **kwargs)
        if mode == "rb":
            return stream
        raise ValueError(f"resources are opened with mode 'r' or 'rb', not {mode!r}")

    def read_bytes(self):
        contents = _imp._packed_file(self._path)
        if contents is None:
            raise FileNotFoundError(self._path)
        return contents


class Reader(TraversableResources):
    """What FrozenImporter.get_resource_reader gives."""

    def __init__(self, path):
        self._path = path

    def files(self):
        return PackedPath(self._path)
