//! `_random`

use crate::support::{class_arg, data};
use object::traced;
use base::rng::MersenneTwister;
use dashu_int::IBig;
use object::slots::R;
use object::{Args, Int, ModuleDef, Raised, TypeDef, Value, Vm, native_ref, natives, type_flags};
use std::cell::RefCell;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_random",
    doc: "Module implements the Mersenne Twister random number generator.",
    functions: &[],
    exec: |vm, module| {
        vm.add_type(module, &RANDOM);
        Ok(())
    },
};

/// A generator.
pub struct Random {
    generator: RefCell<MersenneTwister>,
}

traced! { Random {} }

static RANDOM: TypeDef = TypeDef {
    name: "Random",
    module: "_random",
    flags: type_flags::BASETYPE,
    doc: "Random() -> create a random number generator with its own internal state.",
    methods: &[METHODS],
    new: Some(native_ref!("Random(...)" -> new)),
    init: Some(native_ref!("Random(...)" -> init)),
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// random() -> x in the interval [0, 1).
    "random($self, /)" => random [leaf];
    /// seed([n]) -> None.
    ///
    /// Defaults to use urandom and falls back to a combination of the current time and the process identifier.
    "seed($self, n=None, /)" => seed;
    /// getstate() -> tuple containing the current state.
    "getstate($self, /)" => getstate;
    /// setstate(state) -> None.  Restores generator state.
    "setstate($self, state, /)" => setstate;
    /// getrandbits(k) -> x.  Generates an int with k random bits.
    "getrandbits($self, k, /)" => getrandbits [leaf];
}}

fn new(vm: &Vm, args: Args) -> R {
    let class = class_arg(vm, args.args.first().copied().unwrap_or(Value::NONE))?;
    // It is seeded by `__init__`.
    let generator = MersenneTwister::from_word(0);
    Ok(vm.native(class, Random { generator: RefCell::new(generator) }).value())
}

fn init(vm: &Vm, args: Args) -> R {
    if args.keyword_count() > 0 {
        return Err(vm.type_error("Random() takes no keyword arguments"));
    }
    match *args.args {
        [this] => seed(vm, &[this, Value::NONE]),
        [this, n] => seed(vm, &[this, n]),
        _ => {
            let given = args.args.len().saturating_sub(1);
            Err(vm.type_error(format!("Random expected at most 1 argument, got {given}")))
        }
    }
}

fn random_key(vm: &Vm) -> Result<Vec<u32>, Raised> {
    let mut bytes = vec![0u8; MersenneTwister::STATE_LEN * 4];
    let mut filled = 0;
    while filled < bytes.len() {
        let rest = &mut bytes[filled..];
        // SAFETY: the buffer is that long.
        let got = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
        if got <= 0 {
            return Err(vm.os_error(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)));
        }
        filled += got as usize;
    }
    Ok(bytes.chunks_exact(4).map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]])).collect())
}

fn random(vm: &Vm, [this]: &[Value; 1]) -> R {
    let float = data::<Random>(vm, *this)?.generator.borrow_mut().next_f64();
    Ok(vm.float(float))
}

fn words_of(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks(4)
        .map(|chunk| chunk.iter().rev().fold(0, |word, byte| word << 8 | *byte as u32))
        .collect()
}

fn seed(vm: &Vm, [this, n]: &[Value; 2]) -> R {
    let key = if n.is_none() {
        random_key(vm)?
    } else {
        match vm.as_int(*n) {
            Some(Int::Small(int)) => small_key(int.unsigned_abs()),
            Some(Int::Big(big)) => words_of(&big.big.clone().into_parts().1.to_le_bytes()),
            None => small_key(vm.hash(*n)? as u64),
        }
    };
    let random = data::<Random>(vm, *this)?;
    *random.generator.borrow_mut() = MersenneTwister::from_key(&key);
    Ok(Value::NONE)
}

fn small_key(int: u64) -> Vec<u32> {
    if int >> 32 == 0 { vec![int as u32] } else { vec![int as u32, (int >> 32) as u32] }
}

fn getstate(vm: &Vm, [this]: &[Value; 1]) -> R {
    let random = data::<Random>(vm, *this)?;
    let generator = random.generator.borrow();
    let (words, index) = generator.state();
    let state = vm.tuple_with(words.len() + 1, |at| match words.get(at) {
        Some(word) => vm.int(*word as i64),
        None => vm.int(index as i64),
    });
    Ok(state.value())
}

fn setstate(vm: &Vm, [this, state]: &[Value; 2]) -> R {
    let Some(state) = vm.as_tuple(*state) else { return Err(vm.type_error("state vector must be a tuple")) };
    if state.len() != MersenneTwister::STATE_LEN + 1 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let mut words = Vec::with_capacity(state.len());
    for &item in &state.items()[..MersenneTwister::STATE_LEN] {
        let Some(int) = vm.as_int(item) else { return Err(vm.type_error("an integer is required")) };
        match int.to_i64() {
            Some(int @ 0..) => words.push(int as u32),
            Some(_) => return Err(vm.overflow_error("can't convert negative value to unsigned int")),
            None => return Err(vm.overflow_error("Python int too large to convert to C unsigned long")),
        }
    }
    let index = vm.index_i64(state.items()[MersenneTwister::STATE_LEN])?;
    let restored = usize::try_from(index).ok().and_then(|index| MersenneTwister::from_state(&words, index));
    let Some(restored) = restored else { return Err(vm.value_error("invalid state")) };
    *data::<Random>(vm, *this)?.generator.borrow_mut() = restored;
    Ok(Value::NONE)
}

fn getrandbits(vm: &Vm, [this, k]: &[Value; 2]) -> R {
    let bits = match vm.index(*k)? {
        int if int.is_negative() => return Err(vm.value_error("Cannot convert negative int")),
        Int::Small(int) => int as u64,
        Int::Big(_) => return Err(vm.overflow_error("Python int too large for C uint64_t")),
    };
    let random = data::<Random>(vm, *this)?;
    let mut generator = random.generator.borrow_mut();
    if bits <= 32 {
        return Ok(vm.int(generator.next_bits(bits as u32) as i64));
    }
    if bits <= 64 {
        return Ok(vm.int_u64(generator.next_bits(bits as u32)));
    }
    vm.check_size(usize::try_from(bits / 8).ok())?;
    let bytes: Vec<u8> = generator.next_words(bits).iter().flat_map(|word| word.to_le_bytes()).collect();
    Ok(vm.big(IBig::from(dashu_int::UBig::from_le_bytes(&bytes))))
}
