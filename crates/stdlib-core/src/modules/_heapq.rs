//! `_heapq`: heaps in lists, smallest first or largest first.

use bytecode::CompareOperator;
use object::slots::R;
use object::{List, ModuleDef, Raised, Ref, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_heapq",
    doc: "Heap queue algorithm (a.k.a. priority queue).\n\n\
          A heap is a list where item k is not larger than items 2*k+1 and 2*k+2, so that item 0 is the smallest.",
    functions: &[FUNCTIONS],
    exec: |vm, module| {
        vm.add_value(module, "__about__", vm.str("Heaps in lists: item k comes before items 2*k+1 and 2*k+2."));
        Ok(())
    },
};

natives! { static FUNCTIONS: {
    /// Push item onto heap, maintaining the heap invariant.
    "heappush($module, heap, item, /)" => heappush;
    /// Push item on the heap, then pop and return the smallest item from the heap.
    ///
    /// The combined action runs more efficiently than heappush() followed by a separate call to heappop().
    "heappushpop($module, heap, item, /)" => heappushpop;
    /// Pop the smallest item off the heap, maintaining the heap invariant.
    "heappop($module, heap, /)" => heappop;
    /// Pop and return the current smallest value, and add the new item.
    ///
    /// The value returned may be larger than item.
    "heapreplace($module, heap, item, /)" => heapreplace;
    /// Transform list into a heap, in-place, in O(len(heap)) time.
    "heapify($module, heap, /)" => heapify;
    /// Push item onto max heap, maintaining the heap invariant.
    "heappush_max($module, heap, item, /)" => heappush_max;
    /// Maxheap variant of heappushpop.
    "heappushpop_max($module, heap, item, /)" => heappushpop_max;
    /// Maxheap variant of heappop.
    "heappop_max($module, heap, /)" => heappop_max;
    /// Maxheap variant of heapreplace.
    "heapreplace_max($module, heap, item, /)" => heapreplace_max;
    /// Maxheap variant of heapify.
    "heapify_max($module, heap, /)" => heapify_max;
}}

/// A list with its order.
#[derive(Clone, Copy)]
struct Heap<'a> {
    vm: &'a Vm,
    list: Ref<List>,
    max: bool,
}

impl<'a> Heap<'a> {
    fn new(vm: &'a Vm, value: Value, name: &str, max: bool) -> Result<Heap<'a>, Raised> {
        match value.cast::<List>() {
            Some(list) => Ok(Heap { vm, list, max }),
            None => {
                let suffix = if max { "_max" } else { "" };
                let found = vm.type_name(value);
                let count = if matches!(name, "heapify" | "heappop") { "argument" } else { "argument 1" };
                Err(vm.type_error(format!("{name}{suffix}() {count} must be list, not {found}")))
            }
        }
    }

    /// Does `a` come before `b`? The list must not change its size meanwhile.
    fn before(self, a: Value, b: Value) -> Result<bool, Raised> {
        let (a, b) = if self.max { (b, a) } else { (a, b) };
        if let (Some(a), Some(b)) = (a.as_small(), b.as_small()) {
            return Ok(a < b);
        }
        let size = self.list.len();
        let before = self.vm.compare_bool(a, b, CompareOperator::Lt)?;
        if self.list.len() != size {
            return Err(self.changed());
        }
        Ok(before)
    }

    #[cold]
    fn changed(self) -> Raised {
        self.vm.runtime_error("list changed size during iteration")
    }

    fn get(self, index: usize) -> R {
        self.list.get(index).ok_or_else(|| self.changed())
    }

    /// Moves the item at `pos` towards the front until it is in its place.
    fn sift_down(self, start: usize, mut pos: usize) -> Result<(), Raised> {
        while pos > start {
            let parent = (pos - 1) / 2;
            let (item, above) = (self.get(pos)?, self.get(parent)?);
            if !self.before(item, above)? {
                break;
            }
            // The comparison may have put other items there.
            self.list.swap(pos, parent);
            pos = parent;
        }
        Ok(())
    }

    /// Lets the item at `pos` fall to a leaf, and then rise to its place.
    fn sift_up(self, mut pos: usize) -> Result<(), Raised> {
        let (start, end) = (pos, self.list.len());
        while 2 * pos + 1 < end {
            let mut child = 2 * pos + 1;
            if child + 1 < end && !self.before(self.get(child)?, self.get(child + 1)?)? {
                child += 1;
            }
            self.list.swap(pos, child);
            pos = child;
        }
        self.sift_down(start, pos)
    }

    fn push(self, item: Value) -> R {
        self.list.push(self.vm, item);
        self.sift_down(0, self.list.len() - 1)?;
        Ok(Value::NONE)
    }

    fn pop(self) -> R {
        let Some(last) = self.list.pop() else { return Err(self.vm.index_error("index out of range")) };
        let Some(first) = self.list.get(0) else { return Ok(last) };
        self.list.set(self.vm, 0, last);
        self.sift_up(0)?;
        Ok(first)
    }

    fn replace(self, item: Value) -> R {
        let Some(first) = self.list.get(0) else { return Err(self.vm.index_error("index out of range")) };
        self.list.set(self.vm, 0, item);
        self.sift_up(0)?;
        Ok(first)
    }

    fn push_pop(self, item: Value) -> R {
        let Some(first) = self.list.get(0) else { return Ok(item) };
        let (a, b) = if self.max { (item, first) } else { (first, item) };
        if !self.vm.compare_bool(a, b, CompareOperator::Lt)? {
            return Ok(item);
        }
        // The comparison may have emptied the list.
        self.replace(item)
    }

    fn heapify(self) -> R {
        for pos in (0..self.list.len() / 2).rev() {
            self.sift_up(pos)?;
        }
        Ok(Value::NONE)
    }
}

fn heappush(vm: &Vm, [_module, heap, item]: &[Value; 3]) -> R {
    Heap::new(vm, *heap, "heappush", false)?.push(*item)
}

fn heappush_max(vm: &Vm, [_module, heap, item]: &[Value; 3]) -> R {
    Heap::new(vm, *heap, "heappush", true)?.push(*item)
}

fn heappop(vm: &Vm, [_module, heap]: &[Value; 2]) -> R {
    Heap::new(vm, *heap, "heappop", false)?.pop()
}

fn heappop_max(vm: &Vm, [_module, heap]: &[Value; 2]) -> R {
    Heap::new(vm, *heap, "heappop", true)?.pop()
}

fn heapreplace(vm: &Vm, [_module, heap, item]: &[Value; 3]) -> R {
    Heap::new(vm, *heap, "heapreplace", false)?.replace(*item)
}

fn heapreplace_max(vm: &Vm, [_module, heap, item]: &[Value; 3]) -> R {
    Heap::new(vm, *heap, "heapreplace", true)?.replace(*item)
}

fn heappushpop(vm: &Vm, [_module, heap, item]: &[Value; 3]) -> R {
    Heap::new(vm, *heap, "heappushpop", false)?.push_pop(*item)
}

fn heappushpop_max(vm: &Vm, [_module, heap, item]: &[Value; 3]) -> R {
    Heap::new(vm, *heap, "heappushpop", true)?.push_pop(*item)
}

fn heapify(vm: &Vm, [_module, heap]: &[Value; 2]) -> R {
    Heap::new(vm, *heap, "heapify", false)?.heapify()
}

fn heapify_max(vm: &Vm, [_module, heap]: &[Value; 2]) -> R {
    Heap::new(vm, *heap, "heapify", true)?.heapify()
}
