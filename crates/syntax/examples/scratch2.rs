use syntax::{Mode, ParseOptions};
fn main() {
    for (b, c, a) in [("(", "a b", ")"), ("[", "a b", "]"), ("{", "a b", "}"), ("{1:", "a b", "}"), ("{a b:", "1", "}"), ("f(", "a b", ")"), ("f(x, ", "a b", ")"), ("f(x=", "a b", ")"),
        ("f(**", "a b", ")"), ("f(*", "a b", ")"), ("x[", "a b", "]"), ("x[a:", "a b", "]"), ("(x for x in ", "a b", ")"), ("[x for x in ", "a b", "]"), ("{x for x in ", "a b", "}"), ("{x:y for x in ", "a b", "}"),
        ("(lambda: ", "a b", ")"), ("(a if b else ", "a b", ")"), ("(not ", "a b", ")"), ("(a := ", "a b", ")"), ("(yield ", "a b", ")"), ("(await ", "a b", ")"),
        ("[*", "a b", "]"), ("{**", "a b", "}"), ("(a, ", "a b", ")"), ("(a.b(", "a b", "))"), ("[[", "a b", "], 1]"), ("{'x': [", "a b", "]}"), ("x = (", "a b", ")"), ("del (", "a b", ")"), ("for x in (", "a b", ")"),
        ("with (", "a b", ")"), ("with (a as ", "a b", ")"), ("print (", "a b", ")"), ("print ", "a", ""), ("exec ", "a", ""), ("a if ", "b", ""), ("lambda x=(", "a b", "): 0"), ("f'{", "a b", "}'"), ("(f'{", "a b", "}')"),
        ("match x:\n case (", "a b", "): 0"), ("match x:\n case [", "a b", "]: 0"), ("match x:\n case {1:", "a b", "}: 0"), ("match x:\n case C(", "a b", "): 0"), ("match x:\n case C(a=", "a b", "): 0"),
        ("(a=", "b", ")"), ("(a.b=", "b", ")"), ("(", "*", ")"), ("f(a for a in ", "b, c d", ")"), ("f(a=1 for a in ", "b", ")"), ("def f(a=(", "b c", ")): 0"), ("@(", "b c", ")"), ("class A(", "b c", "): 0"), ("x: (", "b c", ")"), ("import ", "b c", ""), ("a +", "not b", ""), ("(a + ", "not b", ")"), ("-", "not b", ""), ("'a' x ", "'b'", ""), ("('a' x ", "'b'", ")"),("(a for ", "a b", ")"), ("a = ", "1 = 2", ""), ("(a, b) = ", "f() = 2", ""), ("[a, b] = ", "x y", ""),("(((a))) = ", "x y", ""), ("a[b] = ", "x y", ""), ("a.b: (", "x y", ")"), ] {
        for n in [5, 10, 20, 40, 90] {
            let text = format!("{}{c}{}", b.repeat(n), a.repeat(n));
            let t = std::time::Instant::now();
            let r = syntax::parse(&text, &ParseOptions::new(Mode::Exec));
            let e = t.elapsed().as_secs_f64();
            if e > 0.02 { println!("{b:?} {c:?} {n}: {e:.3} {}", match r { Ok(_) => "ok".into(), Err(e) => e.msg }); }
            if e > 0.4 { break; }
        }
    }
}
