//! Which step of a stored run lies in which: their addresses tell.

use std::collections::HashMap;

use recipe_journal::{StoredFailure, StoredStep};

/// A step of a stored run and where it stands.
#[derive(Debug)]
pub(crate) struct PlacedStep {
    /// The step.
    pub(crate) step: StoredStep,
    /// The step that it ran inside, by its index in the list, in which that stands before this one.
    pub(crate) parent: Option<usize>,
    /// How many steps there are around it.
    pub(crate) depth: usize,
    /// How much of its address is that of the step it ran inside, in bytes.
    inherited: usize,
}

impl PlacedStep {
    /// What its address adds to that of the step it ran inside.
    pub(crate) fn added_path(&self) -> &str {
        &self.step.path[self.inherited..]
    }

    /// The failures since it began last: those before belong to what an earlier process did.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &StoredFailure> {
        let began = self.step.began;
        self.step
            .failures
            .iter()
            .filter(move |failure| failure.at >= began)
    }

    /// Which attempt was its last, and of how many, where there was more than one.
    pub(crate) fn last_attempt(&self) -> Option<(u32, u32)> {
        let failed = self
            .failures()
            .filter_map(|failure| failure.attempt)
            .last()?;
        Some((failed.attempt.saturating_add(1), failed.attempts))
    }
}

/// The steps in the order in which they began, so that one always stands before those inside it.
pub(crate) fn placed(steps: Vec<StoredStep>) -> Vec<PlacedStep> {
    let paths: Vec<&str> = steps.iter().map(|step| &*step.path).collect();
    let parents = parents(&paths);
    let lengths: Vec<usize> = paths.iter().map(|path| path.len()).collect();
    // What lies in a step has a longer address.
    let mut inwards: Vec<usize> = (0..steps.len()).collect();
    inwards.sort_by_key(|&index| lengths[index]);
    let mut depths = vec![0; steps.len()];
    let mut began: Vec<_> = steps.iter().map(|step| step.began).collect();
    for index in inwards {
        if let Some(parent) = parents[index] {
            depths[index] = depths[parent] + 1;
            // A step that was done before the run was resumed began before the one around it, which began again.
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

/// The places of steps in the order of a tree: behind each step those inside it.
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

/// For each step the one that it ran inside, by its index: the longest other address with which its own begins.
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
    fn a_step_lies_in_the_longest_other_address_with_which_its_own_begins() {
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
