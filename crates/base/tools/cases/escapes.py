def write(folder, scale):
    pass
