use syntax::tokenizer::*;
fn main() {
    for path in std::env::args().skip(1) {
        let s = std::fs::read_to_string(&path).unwrap();
        let mut t = Tokenizer::new(&s, Options { extra_tokens: true });
        println!("== {path}");
        loop {
            match t.next_token() {
                Ok(k) => {
                    println!(
                        "{:?} {:?} {},{} {},{}",
                        k.kind,
                        &s[k.start as usize..k.end as usize],
                        k.line,
                        k.column,
                        k.end_line,
                        k.end_column
                    );
                    if k.kind == TokenKind::EndMarker {
                        break;
                    }
                }
                Err(e) => {
                    println!("ERR {e:?}");
                    break;
                }
            }
        }
    }
}
