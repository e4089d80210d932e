//! Reading the files of cases.

use base::text::Wtf8Buf;

/// One field of a case, its escapes undone.
#[derive(Clone, PartialEq, Debug)]
pub struct Field(pub Wtf8Buf);

impl Field {
    fn read(text: &str) -> Field {
        let mut out = Wtf8Buf::new();
        let mut rest = text;
        while let Some(at) = rest.find("\\{") {
            out.push_str(&rest[..at]);
            let end = rest[at..].find('}').expect("a closing brace") + at;
            out.push_code_point(u32::from_str_radix(&rest[at + 2..end], 16).expect("a code point"));
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Field(out)
    }

    pub fn str(&self) -> &str {
        self.0.to_str().expect("no surrogates in this field")
    }

    /// The field as bytes, each written as the code point of the same number.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.chars().map(|cp| cp as u8).collect()
    }

    pub fn int(&self) -> i64 {
        self.str().parse().expect("an int")
    }

    pub fn float(&self) -> f64 {
        f64::from_bits(u64::from_str_radix(self.str(), 16).expect("the bits of a float"))
    }
}

/// Runs `check` on all cases of a file: it gets the fields but the last and answers what the last should be.
pub fn run(name: &str, check: impl Fn(&[Field]) -> Wtf8Buf) {
    let folder =
        std::env::var("BASE_CASES").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data").into());
    let text = std::fs::read_to_string(format!("{folder}/{name}.tsv")).expect("the file of cases");
    let (mut count, mut wrong) = (0, 0);
    for line in text.lines() {
        let fields: Vec<Field> = line.split('\t').map(Field::read).collect();
        let (expected, given) = fields.split_last().expect("a line with fields");
        let answer = check(given);
        count += 1;
        if answer != expected.0 {
            wrong += 1;
            if wrong <= 40 {
                eprintln!("{name}: {line}\n    gave {answer:?}");
            }
        }
    }
    assert!(count > 0 && wrong == 0, "{wrong} of {count} cases differ");
}

/// The bits of a float as the cases write them.
pub fn bits(x: f64) -> String {
    // All NaN are one.
    let x = if x.is_nan() { f64::NAN.copysign(1.0) } else { x };
    format!("{:016x}", x.to_bits())
}
