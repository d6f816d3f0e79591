//! `--report`: what happened in a run, as one page to open in a browser.
//!
//! The page needs nothing but itself. What it shows stands in it as JSON ([`data`]), which its script turns into
//! elements as text, never as markup; `page.html`, `page.css` and `page.js` are the page.

mod data;

use std::hash::{BuildHasher, Hasher, RandomState};

use recipe_core::secrets::KnownSecrets;

use crate::observe::run_model::RunModel;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a run.
pub(crate) fn page(model: &RunModel, secrets: &KnownSecrets) -> String {
    let data = data::json(model, secrets);
    let nonce = nonce();
    let mut page = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + data.len());
    for (position, piece) in PAGE.split("@@").enumerate() {
        // Text and the names of what belongs between the texts take turns.
        page.push_str(match (position % 2, piece) {
            (0, text) => text,
            (_, "nonce") => &nonce,
            (_, "style") => STYLE,
            (_, "script") => SCRIPT,
            (_, "data") => &data,
            (_, name) => unreachable!("page.html asks for {name}"),
        });
    }
    page
}

/// A text that no one can guess, by which a browser tells the page's own script and style from others.
fn nonce() -> String {
    // Each of these states has keys of its own.
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small() {
        let size = PAGE.len() + STYLE.len() + SCRIPT.len();
        assert!(size < 40_000, "{size} bytes");
    }
}
