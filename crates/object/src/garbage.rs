//! The order in which garbage dies.
//!
//! With reference counts an object dies before what it holds, and cycles are left for the collector. Finalisers and weak
//! reference callbacks show that order. It is found again here by counting the references among the objects that a
//! collection found dead, and taking them back as reference counting would do. What cannot be taken back are the cycles
//! and what only they hold.

use crate::weak::AddressHasher;
use hashbrown::HashMap;
use heap::{Header, Heap, Tracer};

struct Node {
    object: *mut Header,
    /// Where its references begin and end in the list of all.
    edges: std::ops::Range<u32>,
    /// References to it from other nodes that have not died.
    count: u32,
    died: bool,
}

/// Objects that a collection found dead, and the references among them.
pub(crate) struct Garbage {
    nodes: Vec<Node>,
    edges: Vec<u32>,
    roots: usize,
}

impl Garbage {
    /// The objects `roots`, none twice, and what can be reached from them and is not marked; None where these are more
    /// than `most`.
    ///
    /// # Safety
    /// The roots are objects that have not been swept; marking has come to an end.
    pub(crate) unsafe fn reached(
        heap: &Heap,
        tracer: &Tracer,
        roots: impl Iterator<Item = *mut Header>,
        most: usize,
    ) -> Option<Garbage> {
        let mut index: HashMap<usize, u32, std::hash::BuildHasherDefault<AddressHasher>> = HashMap::default();
        let mut nodes: Vec<Node> = Vec::new();
        for object in roots {
            index.insert(object as usize, nodes.len() as u32);
            nodes.push(Node { object, edges: 0..0, count: 0, died: false });
        }
        let mut garbage = Garbage { edges: Vec::new(), roots: nodes.len(), nodes };
        let (mut held, mut at) = (Vec::new(), 0);
        while at < garbage.nodes.len() {
            if garbage.nodes.len() > most {
                return None;
            }
            let object = garbage.nodes[at].object;
            held.clear();
            // SAFETY: what an object shows to the collector are objects, and the dead are not swept yet.
            unsafe { Tracer::list_held(heap, object, &mut held) };
            // Lists and tuples let go of their last item first.
            let kind = unsafe { (*object).kind };
            if kind == heap::KIND_VALUES || kind == crate::Kind::TUPLE.0 {
                held.reverse();
            }
            let first = garbage.edges.len() as u32;
            for &object in held.iter().filter(|object| !tracer.is_marked(**object)) {
                let nodes = &mut garbage.nodes;
                let node = *index.entry(object as usize).or_insert_with(|| {
                    nodes.push(Node { object, edges: 0..0, count: 0, died: false });
                    nodes.len() as u32 - 1
                });
                nodes[node as usize].count += 1;
                garbage.edges.push(node);
            }
            garbage.nodes[at].edges = first..garbage.edges.len() as u32;
            at += 1;
        }
        Some(garbage)
    }

    /// Lets die what reference counts would let die: `f` gets each object, and whether it is one of the roots.
    pub(crate) fn die(&mut self, mut f: impl FnMut(*mut Header, bool)) {
        let mut dying: Vec<(usize, u32)> = Vec::new();
        for root in 0..self.roots {
            if self.nodes[root].count != 0 || self.nodes[root].died {
                continue;
            }
            let mut next = Some(root);
            loop {
                if let Some(node) = next.take() {
                    let node_ref = &mut self.nodes[node];
                    node_ref.died = true;
                    f(node_ref.object, node < self.roots);
                    dying.push((node, node_ref.edges.start));
                }
                let Some((node, at)) = dying.last_mut() else { break };
                if *at == self.nodes[*node].edges.end {
                    dying.pop();
                    continue;
                }
                let held = self.edges[*at as usize] as usize;
                *at += 1;
                self.nodes[held].count -= 1;
                if self.nodes[held].count == 0 {
                    next = Some(held);
                }
            }
        }
    }

    /// What did not die: cycles and what they hold; with each object whether it is one of the roots.
    pub(crate) fn left(&self) -> impl Iterator<Item = (*mut Header, bool)> + '_ {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(|(_, node)| !node.died).map(|(index, node)| (node.object, index < self.roots))
    }
}
