//! Cycles: sets of modules that all depend on each other, directly or not.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::Needs;

/// Strongly connected component of more than one module.
pub(super) struct Cycle {
    pub(super) modules: BTreeSet<usize>,
    pub(super) edges: Vec<Edge>,
}

/// Module and another that it depends on.
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Items that it names, each with a line.
    pub(super) items: BTreeMap<String, usize>,
    /// Whether removing this edge removes the cycle.
    pub(super) ends_cycle: bool,
}

/// Finds the cycles, ordered by their first module.
pub(super) fn cycles(needs: &Needs) -> Vec<Cycle> {
    let edges: BTreeSet<(usize, usize)> = needs.keys().copied().collect();
    let components = components(&edges).into_iter();
    components
        .map(|modules| cycle(modules, &edges, needs))
        .collect()
}

fn cycle(modules: BTreeSet<usize>, edges: &BTreeSet<(usize, usize)>, needs: &Needs) -> Cycle {
    let is_inside = |(from, to): &&(usize, usize)| modules.contains(from) && modules.contains(to);
    let inside: BTreeSet<(usize, usize)> = edges.iter().filter(is_inside).copied().collect();
    let edge = |&(from, to): &(usize, usize)| {
        let mut without = inside.clone();
        without.remove(&(from, to));
        Edge {
            from,
            to,
            items: needs[&(from, to)].clone(),
            ends_cycle: components(&without).is_empty(),
        }
    };
    Cycle {
        edges: inside.iter().map(edge).collect(),
        modules,
    }
}

/// Sets of modules that reach each other. Computes all reachable pairs, since crates are small.
fn components(edges: &BTreeSet<(usize, usize)>) -> Vec<BTreeSet<usize>> {
    let modules: BTreeSet<usize> = edges.iter().map(|&(from, _)| from).collect();
    let reached: BTreeMap<usize, BTreeSet<usize>> = modules
        .iter()
        .map(|&start| (start, reach(start, edges)))
        .collect();
    let reaches = |from: usize, to: usize| reached.get(&from).is_some_and(|r| r.contains(&to));
    let mut components: Vec<BTreeSet<usize>> = Vec::new();
    for &module in &modules {
        let is_known = components
            .iter()
            .any(|component| component.contains(&module));
        if is_known || !reaches(module, module) {
            continue;
        }
        let others = modules.iter().copied();
        components.push(
            others
                .filter(|&o| reaches(module, o) && reaches(o, module))
                .collect(),
        );
    }
    components
}

/// Everything that is reachable by one edge or more.
fn reach(start: usize, edges: &BTreeSet<(usize, usize)>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(module) = open.pop() {
        for &(_, to) in edges.range((module, 0)..=(module, usize::MAX)) {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}
