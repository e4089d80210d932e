"""Classes by attrs."""

import attr
import attrs
from attrs import Factory, asdict, astuple, converters, define, evolve, field, frozen, has, make_class, validators

@define
class Point:
    x: int = field(validator=validators.instance_of(int))
    y: int = field(default=0, converter=int)
    tags: list = Factory(list)
    _private: int = field(default=1, repr=False, kw_only=True)
    label: str = field(init=False)

    def __attrs_post_init__(self):
        self.label = f"{self.x}:{self.y}"

    @y.validator
    def positive(self, attribute, value):
        if value < 0:
            raise ValueError(f"{attribute.name} is negative")

@frozen(order=True)
class Version:
    major: int
    minor: int = field(default=0, eq=lambda n: n // 10)

p = Point(1, "2", private=5)
print(p, p == Point(1, 2, private=5), asdict(p), astuple(p), evolve(p, x=9), attrs.fields(Point).y.default, has(Point), p._private)
for action in (lambda: Point("a"), lambda: Point(1, -1), lambda: Point(), lambda: setattr(p, "z", 1), lambda: setattr(p, "x", "s"),
               lambda: setattr(Version(1), "major", 2), lambda: Version(1) < 3):
    try:
        action()
    except Exception as error:
        print(type(error).__name__, str(error.args[0]).splitlines()[0])
print(Version(1, 5) == Version(1, 7), Version(1) < Version(1, 20), sorted([Version(2), Version(1, 30)]), hash(Version(1)) == hash(Version(1, 3)))
C = make_class("C", {"a": field(default=3), "b": field(factory=dict)})
print(C(), C(1).a, [a.name for a in attrs.fields(C)], Point.__slots__ == ("x", "y", "tags", "_private", "label", "__weakref__"))

@attr.s(auto_attribs=True, hash=True)
class Old:
    a: float = attr.ib(converter=converters.optional(float), default=None)
    b: str = attr.ib(default="q", validator=attr.validators.in_(["q", "r"]), metadata={"m": 1})
print(Old("3"), Old(), attr.fields_dict(Old)["b"].metadata, attrs.filters.exclude(str)(attr.fields(Old).a, 1))
