//! Optional properties of a model's response that stand before required ones.
//!
//! Servers that enforce a schema may have the model write the required properties first;
//! llama.cpp's does, as of xllamacpp 2026.10.11549. An optional `reasoning` then follows the answer
//! that it should lead to.

use recipe_core::document::Severity;
use recipe_core::registry::{OutlineObject, OutlineStep};

use crate::diagnostic::Code;
use crate::findings::Findings;

/// Checks the response schemas of steps and their substeps.
pub(crate) fn check(steps: &[OutlineStep], findings: &mut Findings) {
    for step in steps {
        for object in &step.answer_objects {
            check_object(step, object, findings);
        }
        for list in &step.inside {
            check(&list.steps, findings);
        }
    }
}

/// Adds the first optional property before a required one, and names the others.
fn check_object(step: &OutlineStep, object: &OutlineObject, findings: &mut Findings) {
    let is_required = |name: &String| object.required.contains(name);
    let Some(last) = object.properties.iter().rposition(|p| is_required(&p.text)) else {
        return;
    };
    let early = object.properties[..last].iter();
    let early: Vec<_> = early.filter(|p| !is_required(&p.text)).collect();
    let Some((first, more)) = early.split_first() else {
        return;
    };
    let names = std::iter::once(first).chain(more).map(|p| p.text.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    let message = format!(
        "{}: {}: optional property before a required one: {names} may come after {}, list it in `required` to keep the order",
        step.place, first.field, object.properties[last].text,
    );
    let span = first.span.clone().unwrap_or(0..0);
    findings.add(span, Severity::Warning, Code::OrderOfProperties, message);
}
