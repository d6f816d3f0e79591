//! Reasoning inside the text of a response, where a server does not separate the two.

use std::ops::Range;

/// Tokens around reasoning: DeepSeek, Qwen and most others, Magistral, Seed-OSS, Kimi. Tags such as
/// `<thinking>` are not included: prompts ask for those.
const MARKS: [(&str, &str); 4] = [
    ("<think>", "</think>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
];

/// Text of a response with reasoning only, from a server that separates the two.
#[cfg(feature = "http")]
pub(crate) const ONLY_REASONING: &str = "<think></think>";

/// Strips leading reasoning. Returns `None` if the reasoning does not end.
pub(crate) fn without_reasoning(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    let mut is_stripped = false;
    while let Some((open, close)) = MARKS.iter().find(|(open, _)| rest.starts_with(open)) {
        let (_, after) = rest[open.len()..].split_once(close)?;
        rest = after.trim_start();
        is_stripped = true;
    }
    if is_stripped {
        return Some(rest);
    }
    Some(after_unopened(text).unwrap_or(text))
}

/// Ranges of complete reasoning in a text, in order.
pub(crate) fn reasoning_in(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for (open, close) in MARKS {
        let mut at = 0;
        while let Some(begin) = text[at..].find(open).map(|begin| at + begin) {
            let Some(end) = text[begin..].find(close) else {
                break;
            };
            at = begin + end + close.len();
            ranges.push(begin..at);
        }
    }
    ranges.sort_by_key(|range| range.start);
    ranges
}

/// Strips reasoning that the prompt opened: templates of DeepSeek-R1 and QwQ end with `<think>`, so
/// the response has only the closing tag, on a line of its own.
fn after_unopened(text: &str) -> Option<&str> {
    let mut is_in_fence = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let line = line.trim();
        if line.starts_with("```") {
            is_in_fence = !is_in_fence;
        }
        if MARKS.iter().any(|(open, _)| line.contains(open)) {
            return None;
        }
        if !is_in_fence && MARKS.iter().any(|(_, close)| line == *close) {
            return Some(text[at..].trim_start());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_at_the_beginning_is_left_out() {
        for (text, response) in [
            ("<think>Hm.</think>Yes.", "Yes."),
            ("\n<think>\nHm.\n</think>\n\nYes.\n", "Yes.\n"),
            ("<think></think>Yes.", "Yes."),
            ("<think>a</think>\n<think>b</think>\nYes.", "Yes."),
            ("[THINK]Hm.[/THINK]Yes.", "Yes."),
            ("<seed:think>Hm.</seed:think>Yes.", "Yes."),
            ("◁think▷Hm.◁/think▷Yes.", "Yes."),
            // Opened by the prompt.
            ("Hm.\nWell.\n</think>\n\nYes.", "Yes."),
            ("</think>\nYes.", "Yes."),
            ("<think>Hm.</think>", ""),
        ] {
            assert_eq!(without_reasoning(text), Some(response), "{text}");
        }
    }

    #[test]
    fn tags_in_the_text_proper_stay() {
        for text in [
            "  Yes.\n",
            "",
            "The tag <think> opens and </think> closes.",
            "Write\n<think>\nHm.\n</think>\nas shown.",
            "`<think>` begins a thought.",
            "It ends with </think> and goes on.",
            "```\nHm.\n</think>\n```\nThat was it.",
            "<thinking>Hm.</thinking>Yes.",
            "<thinks>",
        ] {
            assert_eq!(without_reasoning(text), Some(text), "{text}");
        }
        let twice = "<think>Hm.</think>The tag <think>x</think> stays.";
        assert_eq!(
            without_reasoning(twice),
            Some("The tag <think>x</think> stays.")
        );
    }

    #[test]
    fn reasoning_that_does_not_end_leaves_no_answer() {
        for text in [
            "<think>Hm. {\"n\": 1}",
            "<think>",
            "<think>a</think><think>b",
        ] {
            assert_eq!(without_reasoning(text), None, "{text}");
        }
    }
}
