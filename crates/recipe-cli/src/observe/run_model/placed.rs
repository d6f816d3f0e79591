//! The tree of the steps of a stored run, from their addresses.

use std::collections::HashMap;

use recipe_journal::{StoredFailure, StoredStep};

/// A step of a stored run and its place in the tree.
#[derive(Debug)]
pub(crate) struct PlacedStep {
    /// The step.
    pub(crate) step: StoredStep,
    /// Index of the enclosing step, which comes before this one.
    pub(crate) parent: Option<usize>,
    /// Number of enclosing steps.
    pub(crate) depth: usize,
    /// Size of the part of its address that is that of the enclosing step, in bytes.
    inherited: usize,
}

impl PlacedStep {
    /// The part that its address adds to that of the enclosing step.
    pub(crate) fn added_path(&self) -> &str {
        &self.step.path[self.inherited..]
    }

    /// Failures since it last began: earlier ones belong to an earlier process.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &StoredFailure> {
        let began = self.step.began;
        self.step
            .failures
            .iter()
            .filter(move |failure| failure.at >= began)
    }

    /// Number of its last attempt and maximum number of attempts, if there was more than one.
    pub(crate) fn last_attempt(&self) -> Option<(u32, u32)> {
        let failed = self
            .failures()
            .filter_map(|failure| failure.attempt)
            .last()?;
        Some((failed.attempt.saturating_add(1), failed.attempts))
    }
}

/// Sorts steps by their start, so that a step comes before those inside it.
pub(crate) fn placed(steps: Vec<StoredStep>) -> Vec<PlacedStep> {
    let paths: Vec<&str> = steps.iter().map(|step| &*step.path).collect();
    let parents = parents(&paths);
    let lengths: Vec<usize> = paths.iter().map(|path| path.len()).collect();
    // Steps inside a step have longer addresses.
    let mut inwards: Vec<usize> = (0..steps.len()).collect();
    inwards.sort_by_key(|&index| lengths[index]);
    let mut depths = vec![0; steps.len()];
    let mut began: Vec<_> = steps.iter().map(|step| step.began).collect();
    for index in inwards {
        if let Some(parent) = parents[index] {
            depths[index] = depths[parent] + 1;
            // A step that ended before the run was resumed began before the enclosing step, which
            // began again.
            began[index] = began[index].max(began[parent]);
        }
    }
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&index| (began[index], depths[index], index));
    let mut places = vec![0; steps.len()];
    for (place, &index) in order.iter().enumerate() {
        places[index] = place;
    }
    let mut placed: Vec<(usize, PlacedStep)> = Vec::with_capacity(steps.len());
    for (index, step) in steps.into_iter().enumerate() {
        let parent = parents[index];
        let step = PlacedStep {
            step,
            parent: parent.map(|parent| places[parent]),
            depth: depths[index],
            inherited: parent.map_or(0, |parent| lengths[parent]),
        };
        placed.push((places[index], step));
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, step)| step).collect()
}

/// Indexes of the steps in the order of the tree: behind each step those inside it.
pub(crate) fn tree_order(steps: &[PlacedStep]) -> Vec<usize> {
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    let mut stack = Vec::new();
    for (index, step) in steps.iter().enumerate().rev() {
        match step.parent {
            Some(parent) => inside[parent].push(index),
            None => stack.push(index),
        }
    }
    let mut order = Vec::with_capacity(steps.len());
    while let Some(index) = stack.pop() {
        order.push(index);
        stack.append(&mut inside[index]);
    }
    order
}

/// Index of the step around each step: the longest other address with which its own begins.
fn parents(paths: &[&str]) -> Vec<Option<usize>> {
    let places = paths.iter().enumerate();
    let places: HashMap<&str, usize> = places.map(|(index, path)| (*path, index)).collect();
    let parent = |path: &&str| {
        let mut ends = path.rmatch_indices(['.', '/']);
        ends.find_map(|(end, _)| places.get(&path[..end]).copied())
    };
    paths.iter().map(parent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_inside_the_longest_other_address_with_which_its_own_begins() {
        let paths = [
            "3",
            "3.substeps[2]",
            "3.substeps[2]/recipes/b.json:0",
            "3.substeps[2]/recipes/b.json:0.items[4].substeps[0]",
            r#"3.substeps[2]/recipes/b.json:0.items["a/b.c"].substeps[0]"#,
            "3.substeps[20]",
            "33",
            "33/no.steps/of.json:1",
        ];
        let parents = parents(&paths);
        let lines = paths.iter().zip(parents).map(|(path, parent)| {
            let parent = parent.map_or("", |parent| paths[parent]);
            format!("{path} in {parent}\n")
        });
        insta::assert_snapshot!(lines.collect::<String>(), @r#"
        3 in 
        3.substeps[2] in 3
        3.substeps[2]/recipes/b.json:0 in 3.substeps[2]
        3.substeps[2]/recipes/b.json:0.items[4].substeps[0] in 3.substeps[2]/recipes/b.json:0
        3.substeps[2]/recipes/b.json:0.items["a/b.c"].substeps[0] in 3.substeps[2]/recipes/b.json:0
        3.substeps[20] in 3
        33 in 
        33/no.steps/of.json:1 in 33
        "#);
    }
}
