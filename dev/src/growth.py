"""How time and memory grow with what a program holds: one JSON line. Run by `cargo dev bench --growth`."""
import gc
import json
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


def main():
    most = int(sys.argv[1])
    found = {}
    sizes = [("dict", fill_dict, 10**4, most), ("list", fill_list, 10**4, most), ("set", fill_set, 10**4, most), ("str", join, 10**4, most),
             ("sort", sort, 10**4, most), ("instances", instances, 10**4, most // 10), ("classes", classes, 10**3, 10**5),
             ("recursion", recursion, 10**3, 10**5), ("module", module, 10**3, 10**5)]
    for name, work, small, large in sizes:
        first = min(seconds(work, small) for _ in range(5)) / small
        found[name] = seconds(work, large) / large / first
    found["pause"] = longest_pause(most)[0]
    found["given back"] = given_back(most // 10)
    print(json.dumps(found))


main()
