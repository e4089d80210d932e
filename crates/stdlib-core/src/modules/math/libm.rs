//! The C library's mathematical functions.

macro_rules! functions {
    ($($name:ident($($arg:ident),*);)*) => {
        mod c {
            unsafe extern "C" {
                $(pub safe fn $name($($arg: f64),*) -> f64;)*
            }
        }

        $(
            #[doc = concat!("`", stringify!($name), "` of C.")]
            #[inline]
            pub fn $name($($arg: f64),*) -> f64 {
                c::$name($($arg),*)
            }
        )*
    };
}

functions! {
    acos(x);
    acosh(x);
    asin(x);
    asinh(x);
    atan(x);
    atan2(y, x);
    atanh(x);
    cbrt(x);
    cos(x);
    cosh(x);
    erf(x);
    erfc(x);
    exp(x);
    exp2(x);
    expm1(x);
    fma(x, y, z);
    hypot(x, y);
    log(x);
    log10(x);
    log1p(x);
    log2(x);
    nextafter(x, y);
    pow(x, y);
    remainder(x, y);
    sin(x);
    sinh(x);
    tan(x);
    tanh(x);
}
