//! Drawings in DOT, the language of Graphviz.

use super::model::{Edge, EdgeKind, Graph, Node, NodeKind, Part};

/// Writes the drawing. Nodes come before all edges: an edge inside a cluster would move its other
/// end into it.
pub(super) fn text(graph: &Graph) -> String {
    let mut drawing = Drawing {
        text: START.to_owned(),
        depth: 1,
    };
    drawing.parts(&graph.parts);
    for edge in &graph.edges {
        drawing.edge(edge);
    }
    drawing.text.push_str("}\n");
    drawing.text
}

const START: &str = "\
digraph recipe {
  rankdir=TB;
  fontname=\"sans-serif\";
  node [shape=box, fontname=\"sans-serif\"];
  edge [fontname=\"sans-serif\"];
";

struct Drawing {
    text: String,
    depth: usize,
}

impl Drawing {
    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Node(node) => self.node(node),
                Part::Group(group) => {
                    self.line(&format!("subgraph cluster_{} {{", group.id));
                    self.depth += 1;
                    self.line(&format!("label=\"{}\";", escaped(&group.title)));
                    self.parts(&group.parts);
                    self.depth -= 1;
                    self.line("}");
                }
            }
        }
    }

    fn node(&mut self, node: &Node) {
        let look = match node.kind {
            NodeKind::Plain => "",
            NodeKind::Decision => ", shape=diamond",
            NodeKind::Container => ", shape=hexagon",
            NodeKind::Call => ", peripheries=2",
            NodeKind::OpenCall => ", peripheries=2, style=dashed",
            NodeKind::Rest => ", style=\"rounded,dashed\"",
        };
        let lines: Vec<_> = node.lines.iter().map(|line| escaped(line)).collect();
        let text = lines.join("\\n");
        self.line(&format!("{} [label=\"{text}\"{look}];", node.id));
    }

    fn edge(&mut self, edge: &Edge) {
        let label = edge.label.as_deref().map(escaped);
        let label = label.map(|label| format!("label=\"{label}\""));
        let style = match edge.kind {
            EdgeKind::Next => None,
            EdgeKind::Calls => Some("style=dashed".to_owned()),
        };
        let attributes: Vec<_> = label.into_iter().chain(style).collect();
        let attributes = match attributes.len() {
            0 => String::new(),
            _ => format!(" [{}]", attributes.join(", ")),
        };
        self.line(&format!("{} -> {}{attributes};", edge.from, edge.to));
    }

    fn line(&mut self, line: &str) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Escapes text for a quoted string. Backslashes start escapes, and `&` starts an entity.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escaped(r#"a\N "b" &lt;"#), r#"a\\N \"b\" &amp;lt;"#);
    }
}
