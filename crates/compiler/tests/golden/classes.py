@decorator
@other(1)
class C(Base, metaclass=Meta, **kwargs):
    """Doc
    string."""

    x: int = 1
    y = [x for _ in range(3)]

    def method(self, __private, *, default=x):
        self.a = self.__b = __private
        return __class__

    if x:
        z: str


class Generic[T: int, *Ts = *tuple[int], **P = [int]](Base):
    type Alias[U] = dict[T, U]

    def method[V](self, value: V) -> T:
        return value
