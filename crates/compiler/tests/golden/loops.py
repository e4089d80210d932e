def loops(items, n):
    for item in items:
        n += item
    else:
        n = 0
    while n < 10:
        n += 1
        if n == 5:
            continue
        for key, value in items:
            if key:
                break
            print(value)
    for i, (j, k) in items:
        pass
    for items[0] in [1, 2, 3]:
        pass
    return n
