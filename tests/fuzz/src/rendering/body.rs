//! Generated parts of templates.

use super::choices::Choices;

/// Maximum nesting depth of blocks.
const MAX_DEPTH: usize = 4;

const TEXTS: [&str; 8] = ["text", " ", "\n", "  \n  ", "Ünïcödé", "{ ", "'\"", ""];

const VALUES: [&str; 12] = [
    "n", "missing", "'x'", "none", "list", "text", "1.5", "(1..3)", "true", "doc.a", "i", "''",
];

const FILTERS: [&str; 10] = [
    "",
    " | upcase",
    " | size",
    " | join: '-'",
    " | default: 'd'",
    " | json",
    " | append: n",
    " | first",
    " | plus: 1",
    " | strip",
];

const CONDITIONS: [&str; 10] = [
    "true",
    "false",
    "n == 2",
    "n > 5",
    "missing",
    "none == nil",
    "text contains 'e'",
    "list.size > 2 and n",
    "n == 2 or missing",
    "x == blank",
];

/// Generates any part that does not affect its surroundings, such as `break` outside a loop, and
/// does not use the names `kept` and `again`.
pub(super) fn any(choices: &mut Choices<'_>) -> String {
    parts(choices, MAX_DEPTH, false)
}

/// Generates a part that renders white space only.
pub(super) fn blank(choices: &mut Choices<'_>) -> String {
    let parts = choices.several(5, |choices| match choices.below(5) {
        0 => choices.of(&[" ", "\n", "\t \r\n", ""]).to_owned(),
        1 => format!("{{% assign x = {} %}}", value(choices)),
        2 => format!(
            "{{% capture y %}}{}{{% endcapture %}}",
            parts(choices, 2, false)
        ),
        3 => "{% comment %} text {% endcomment %}".to_owned(),
        _ => "{% # note %}".to_owned(),
    });
    parts.concat()
}

fn parts(choices: &mut Choices<'_>, depth: usize, in_loop: bool) -> String {
    let parts = choices.several(4, |choices| part(choices, depth, in_loop));
    parts.concat()
}

fn part(choices: &mut Choices<'_>, depth: usize, in_loop: bool) -> String {
    let kinds = if depth == 0 { 6 } else { 17 };
    let inside = |choices: &mut Choices<'_>| parts(choices, depth.saturating_sub(1), in_loop);
    match choices.below(kinds) {
        0 => choices.of(&TEXTS).to_owned(),
        1 => format!(
            "{}{}{}",
            choices.of(&["{{ ", "{{- "]),
            value(choices),
            choices.of(&[" }}", " -}}"])
        ),
        2 => format!("{{% assign x = {} %}}", value(choices)),
        3 => "{% raw %} {{ n }} {% endraw %}".to_owned(),
        4 => format!(
            "{{% cycle {} %}}",
            choices.of(&["'a', 'b'", "n, 1", "'g': 1, 2, 3"])
        ),
        5 => choices
            .of(&[
                "{% increment k %}",
                "{% decrement k %}",
                "{% comment %} {{ {% endcomment %}",
            ])
            .to_owned(),
        6 => format!(
            "{{% capture y %}}{}{{% endcapture %}}{}",
            inside(choices),
            choices.of(&["", "{{ y }}"])
        ),
        7 => format!(
            "{{% if {} %}}{}{{% endif %}}",
            choices.of(&CONDITIONS),
            inside(choices)
        ),
        8 => format!(
            "{{% if {} %}}{}{{% elsif {} %}}{}{{% else %}}{}{{% endif %}}",
            choices.of(&CONDITIONS),
            inside(choices),
            choices.of(&CONDITIONS),
            inside(choices),
            inside(choices)
        ),
        9 => format!(
            "{{%- unless {} -%}}{}{{% else %}}{}{{%- endunless -%}}",
            choices.of(&CONDITIONS),
            inside(choices),
            inside(choices)
        ),
        10 => format!(
            "{{% case {} %}}{{% when 'x', 2 %}}{}{{% when nil %}}{}{{% else %}}{}{{% endcase %}}",
            choices.of(&VALUES),
            inside(choices),
            inside(choices),
            inside(choices)
        ),
        11 => format!(
            "{{% for i in {}{} %}}{}{{% else %}}{}{{% endfor %}}",
            choices.of(&["list", "(1..n)", "none", "doc"]),
            choices.of(&[
                "",
                " limit: 2",
                " offset: 1",
                " reversed",
                " limit: 1 offset: 1"
            ]),
            parts(choices, depth.saturating_sub(1), true),
            inside(choices)
        ),
        12 => format!(
            "{{% tablerow i in list cols: 2 %}}{}{{% endtablerow %}}",
            parts(choices, depth.saturating_sub(1), true)
        ),
        13 => format!("{{% ifchanged %}}{}{{% endifchanged %}}", inside(choices)),
        14 if in_loop => format!(
            "{{% if {} %}}{}{{% endif %}}",
            choices.of(&CONDITIONS),
            choices.of(&["{% break %}", "{% continue %}"])
        ),
        15 => format!("{{% liquid\n assign x = {}\n echo x\n%}}", value(choices)),
        _ => format!("{{% echo {} %}}", value(choices)),
    }
}

fn value(choices: &mut Choices<'_>) -> String {
    format!("{}{}", choices.of(&VALUES), choices.of(&FILTERS))
}
