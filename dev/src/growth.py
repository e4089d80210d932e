"""How time or memory grows with what a program holds: one figure. Run by `cargo dev bench --growth`."""
import gc
import sys
import time


def seconds(work, *args):
    start = time.process_time()
    work(*args)
    return time.process_time() - start


def fill_dict(n):
    table = {}
    for i in range(n):
        table[i] = i


def fill_list(n):
    items = []
    for i in range(n):
        items.append((i,))


def fill_set(n):
    items = set()
    for i in range(n):
        items.add(i)


def join(n):
    "".join([str(i) for i in range(n)])


def sort(n):
    sorted([(i * 7919) % n for i in range(n)])


class Small:
    def __init__(self, value):
        self.value = value


def instances(n):
    keep = [Small(i) for i in range(n)]
    return len(keep)


def classes(n):
    for i in range(n):
        type("C", (), {"x": i})


def depth(n):
    return 0 if n == 0 else depth(n - 1)


def recursion(n):
    sys.setrecursionlimit(n + 100)
    depth(n)


def module(lines):
    compile("\n".join(f"x{i % 100} = [{i}, x{i % 7}, 'text'] if {i} else None" for i in range(lines)), "module", "exec")


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def longest_pause(n):
    """The longest step of a program that makes garbage beside `n` live objects."""
    live = [(i,) for i in range(n)]
    gc.collect()
    steps = []
    for _ in range(20000):
        start = time.perf_counter()
        for i in range(100):
            [i, i]
        steps.append(time.perf_counter() - start)
    steps.sort()
    # Other programs interrupt this one, too: the rarest steps are left out.
    return steps[-5], len(live)


def given_back(n):
    before = resident()
    live = [(i, str(i)) for i in range(n)]
    peak = resident()
    live.clear()
    gc.collect()
    return (peak - resident()) / (peak - before)


MOST = int(sys.argv[2])
SIZES = {
    "dict": (fill_dict, 10**4, MOST),
    "list": (fill_list, 10**4, MOST),
    "set": (fill_set, 10**4, MOST),
    "str": (join, 10**4, MOST),
    "sort": (sort, 10**4, MOST),
    "instances": (instances, 10**4, MOST // 10),
    "classes": (classes, 10**3, MOST // 100),
    "recursion": (recursion, 10**3, MOST // 100),
    "module": (module, 10**3, MOST // 100),
}


def measure(name):
    if name == "pause":
        return longest_pause(MOST)[0]
    if name == "given back":
        return given_back(MOST // 10)
    work, small, large = SIZES[name]
    first = min(seconds(work, small) for _ in range(7)) / small
    return min(seconds(work, large) for _ in range(2)) / large / first


print(measure(sys.argv[1]))
