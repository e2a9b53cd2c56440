//! Virtual time: events, the earliest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events of one kind. Those of one time come in the order that they were put in.
#[derive(Debug)]
pub(super) struct Queue<E> {
    heap: BinaryHeap<Reverse<(u64, u64, E)>>,
    now: u64,
    put: u64,
}

impl<E: Ord> Queue<E> {
    pub(super) const fn new() -> Self {
        Self { heap: BinaryHeap::new(), now: 0, put: 0 }
    }

    /// Milliseconds since the beginning.
    pub(super) const fn now(&self) -> u64 {
        self.now
    }

    pub(super) fn after(&mut self, milliseconds: u64, event: E) {
        self.put += 1;
        self.heap.push(Reverse((self.now + milliseconds, self.put, event)));
    }

    pub(super) fn next(&mut self) -> Option<E> {
        let Reverse((at, _, event)) = self.heap.pop()?;
        self.now = at;
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn events_come_in_the_order_of_time_and_then_of_their_making() {
        let mut queue = Queue::new();
        for (after, event) in [(5, 'c'), (1, 'a'), (5, 'b'), (0, 'z')] {
            queue.after(after, event);
        }
        let mut seen = Vec::new();
        while let Some(event) = queue.next() {
            seen.push((queue.now(), event));
        }
        assert_eq!(seen, [(0, 'z'), (1, 'a'), (5, 'c'), (5, 'b')]);
    }
}
