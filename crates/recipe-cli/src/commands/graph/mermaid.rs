//! Drawings as Mermaid flowcharts, which GitHub, GitLab and many editors show.

use std::fmt::Write;

use super::model::{Edge, EdgeKind, Graph, Node, NodeKind, Part};

/// Note on graphs that exceed the default limits of Mermaid.
pub(super) const LIMITS: &str = "Mermaid draws graphs of this size only with larger `maxEdges` and `maxTextSize`; \
`--format dot` has no limit";

/// Default limit of edges in Mermaid (`maxEdges`).
const MAX_EDGES: usize = 500;

/// Default limit of text in Mermaid (`maxTextSize`), in bytes, of which there are at least as many
/// as UTF-16 units.
const MAX_TEXT_SIZE: usize = 50_000;

/// Whether a drawing exceeds the default limits of Mermaid.
pub(super) fn is_over_limits(graph: &Graph, text: &str) -> bool {
    graph.edges.len() > MAX_EDGES || text.len() > MAX_TEXT_SIZE
}

/// Writes the flowchart. Nodes come before all edges: an edge inside a subgraph would move its
/// other end into it.
pub(super) fn text(graph: &Graph) -> String {
    let mut flowchart = Flowchart {
        text: "flowchart TD\n".to_owned(),
        faint: Vec::new(),
        depth: 1,
    };
    flowchart.parts(&graph.parts);
    for edge in &graph.edges {
        flowchart.edge(edge);
    }
    flowchart.end()
}

struct Flowchart<'g> {
    text: String,
    /// Nodes with a dashed outline.
    faint: Vec<&'g str>,
    depth: usize,
}

impl<'g> Flowchart<'g> {
    fn parts(&mut self, parts: &'g [Part]) {
        for part in parts {
            match part {
                Part::Node(node) => self.node(node),
                Part::Group(group) => {
                    let title = escaped(&group.title);
                    self.line(&format!("subgraph {}[\"{title}\"]", group.id));
                    self.depth += 1;
                    self.parts(&group.parts);
                    self.depth -= 1;
                    self.line("end");
                }
            }
        }
    }

    fn node(&mut self, node: &'g Node) {
        let (open, close) = match node.kind {
            NodeKind::Plain => ("[", "]"),
            NodeKind::Decision => ("{", "}"),
            NodeKind::Container => ("{{", "}}"),
            NodeKind::Call | NodeKind::OpenCall => ("[[", "]]"),
            NodeKind::Rest => ("(", ")"),
        };
        if matches!(node.kind, NodeKind::OpenCall | NodeKind::Rest) {
            self.faint.push(&node.id);
        }
        let lines: Vec<_> = node.lines.iter().map(|line| escaped(line)).collect();
        let text = lines.join("<br/>");
        self.line(&format!("{}{open}\"{text}\"{close}", node.id));
    }

    fn edge(&mut self, edge: &Edge) {
        let arrow = match edge.kind {
            EdgeKind::Next => "-->",
            EdgeKind::Calls => "-.->",
        };
        let label = edge.label.as_deref().map(escaped);
        let label = label.map_or_else(String::new, |label| format!("|\"{label}\"|"));
        self.line(&format!("{} {arrow}{label} {}", edge.from, edge.to));
    }

    fn end(mut self) -> String {
        if !self.faint.is_empty() {
            self.line("classDef faint stroke-dasharray: 4");
            let nodes = self.faint.join(",");
            self.line(&format!("class {nodes} faint"));
        }
        self.text
    }

    fn line(&mut self, line: &str) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Escapes text for a quoted string, which must not be empty: characters with a meaning in Mermaid,
/// its Markdown, its icons or HTML become numeric entities.
fn escaped(text: &str) -> String {
    if text.is_empty() {
        return " ".to_owned();
    }
    // Some shapes look for icons and formulas after entities are decoded.
    let text = text
        .replace(":fa-", ":\u{200b}fa-")
        .replace("$$", "$\u{200b}$\u{200b}");
    let mut escaped = String::with_capacity(text.len());
    let mut before = None;
    for character in text.chars() {
        let inside_a_word = before.is_some_and(char::is_alphanumeric);
        let means_itself = match character {
            // Even in quotes, `direction LR` makes the whole line a statement.
            ' ' => !escaped.ends_with("direction"),
            '/' | ',' | '…' => true,
            // At the start of a word these might start a list item, or emphasis.
            '.' | '_' | '-' => inside_a_word && !before.is_some_and(char::is_numeric),
            _ => character.is_alphanumeric(),
        };
        if means_itself {
            escaped.push(character);
        } else {
            // Writing to a String does not fail.
            let _ = write!(escaped, "#{};", u32::from(character));
        }
        before = Some(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escaped("read_file ../é.md"), "read_file #46;#46;/é.md");
        assert_eq!(escaped("\"<b>`#1;"), "#34;#60;b#62;#96;#35;1#59;");
        assert_eq!(escaped("1. - _x"), "1#46; #45; #95;x");
        assert_eq!(escaped("a redirection LR"), "a redirection#32;LR");
        assert_eq!(escaped("fa:fa-car"), "fa#58;#8203;fa-car");
        assert_eq!(escaped(""), " ");
    }
}
