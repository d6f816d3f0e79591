//! Which lane each span of a trace is drawn in: spans of one lane follow one another or lie inside one another.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// A stretch of time, and the span it belongs to. Any unit of time will do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// When it begins.
    pub(super) start: u64,
    /// When it ends, not before it begins.
    pub(super) end: u64,
    /// The span it belongs to, by its index, which is smaller than its own.
    pub(super) parent: Option<usize>,
}

/// The lane of each span, from 0. A span lies in the lane of its parent where that has room, or else in the first
/// lane in which there is nothing.
pub(super) fn lanes(spans: &[Span]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    // Stable: a parent stays before what belongs to it.
    order.sort_by_key(|&index| spans[index].start);
    let mut lanes = Lanes::default();
    let mut lane_of = vec![0; spans.len()];
    for index in order {
        let span = spans[index];
        lanes.forget_before(span.start);
        let inherited = span.parent.filter(|&parent| {
            span.end <= spans[parent].end && lanes.is_inside(lane_of[parent], parent, span, spans)
        });
        lane_of[index] = match inherited {
            Some(parent) => lanes.nest(lane_of[parent], index),
            None => lanes.open(index, span.end),
        };
    }
    lane_of
}

#[derive(Default)]
struct Lanes {
    /// Of each lane the spans that lie inside one another, the innermost last.
    open: Vec<Vec<usize>>,
    /// Lanes with something in them, by the end of that.
    taken: BinaryHeap<Reverse<(u64, usize)>>,
    /// Lanes with nothing in them.
    free: BTreeSet<usize>,
}

impl Lanes {
    /// Frees the lanes whose spans have ended.
    fn forget_before(&mut self, time: u64) {
        while let Some(&Reverse((end, lane))) = self.taken.peek() {
            if end > time {
                break;
            }
            self.taken.pop();
            self.open[lane].clear();
            self.free.insert(lane);
        }
    }

    /// Whether nothing in a lane but the parent of a span, and what that lies in, is left when the span begins.
    fn is_inside(&mut self, lane: usize, parent: usize, span: Span, spans: &[Span]) -> bool {
        let open = &mut self.open[lane];
        let is_over = |last: &mut usize| *last != parent && spans[*last].end <= span.start;
        while open.pop_if(is_over).is_some() {}
        open.last() == Some(&parent)
    }

    fn nest(&mut self, lane: usize, index: usize) -> usize {
        self.open[lane].push(index);
        lane
    }

    fn open(&mut self, index: usize, end: u64) -> usize {
        let lane = self.free.pop_first().unwrap_or_else(|| {
            self.open.push(Vec::new());
            self.open.len() - 1
        });
        self.taken.push(Reverse((end, lane)));
        self.nest(lane, index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: u64, end: u64, parent: Option<usize>) -> Span {
        Span { start, end, parent }
    }

    #[test]
    fn what_runs_one_after_the_other_stays_in_the_lane_and_what_runs_beside_it_gets_another() {
        let spans = [
            span(0, 100, None),
            span(0, 40, Some(0)),
            span(1, 40, Some(1)),
            span(2, 30, Some(1)),
            span(3, 9, Some(3)),
            span(30, 35, Some(1)),
            span(40, 90, Some(0)),
        ];
        assert_eq!(lanes(&spans), [0, 0, 0, 1, 1, 1, 0]);
    }

    #[test]
    fn what_outlives_its_parent_leaves_the_lane() {
        let spans = [span(0, 10, None), span(5, 11, Some(0))];
        assert_eq!(lanes(&spans), [0, 1]);
    }

    #[test]
    fn what_takes_no_time_lies_in_its_parent_that_takes_none_either() {
        let spans = [span(0, 9, None), span(5, 5, Some(0)), span(5, 5, Some(1))];
        assert_eq!(lanes(&spans), [0, 0, 0]);
    }

    fn any_spans() -> impl Strategy<Value = Vec<Span>> {
        let one = (0u64..50, 0u64..50, any::<prop::sample::Index>());
        prop::collection::vec(one, 1..60).prop_map(|list| {
            let mut spans: Vec<Span> = Vec::new();
            for (after, length, parent) in list {
                let parent = (!spans.is_empty()).then(|| parent.index(spans.len()));
                let start = parent.map_or(0, |parent| spans[parent].start) + after;
                spans.push(span(start, start + length, parent));
            }
            spans
        })
    }

    proptest! {
        #[test]
        fn spans_of_one_lane_never_cross(spans in any_spans()) {
            let lanes = lanes(&spans);
            for (a, first) in spans.iter().enumerate() {
                for (b, second) in spans.iter().enumerate() {
                    if a == b || lanes[a] != lanes[b] {
                        continue;
                    }
                    let apart = first.end <= second.start || second.end <= first.start;
                    let inside = |inner: &Span, outer: &Span| {
                        outer.start <= inner.start && inner.end <= outer.end
                    };
                    prop_assert!(apart || inside(first, second) || inside(second, first));
                }
            }
        }
    }
}
