//! Lines at the bottom of a terminal that change in place, with other lines passing above them.

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::observe::progress::Room;

/// More than is ever asked for: how often to draw is decided elsewhere.
const DRAWINGS_PER_SECOND: u8 = 60;

/// The lines, which are drawn in place.
pub(crate) struct Display {
    /// One bar of the library, whose message is all that is shown.
    bar: ProgressBar,
    /// How many lines there are on the screen.
    height: usize,
    /// How wide the terminal was when they were drawn.
    width: usize,
}

impl Display {
    /// No lines yet.
    pub(crate) fn new() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(DRAWINGS_PER_SECOND);
        let style = ProgressStyle::with_template("{msg}").expect("this template is well-formed");
        let (_, width) = Term::stderr().size();
        Self {
            bar: ProgressBar::with_draw_target(None, target).with_style(style),
            height: 0,
            width: width.into(),
        }
    }

    /// The room there is for lines. The last column stays free: not all terminals agree on how wide some characters are.
    pub(crate) fn room() -> Room {
        let (height, width) = Term::stderr().size();
        Room {
            width: usize::from(width).saturating_sub(1).max(1),
            height: usize::from(height).saturating_sub(1).max(1),
        }
    }

    /// Shows these lines instead of the ones before, below what `above` writes.
    pub(crate) fn show(&mut self, lines: &[String], above: Option<impl FnOnce()>) {
        self.follow_width();
        if let Some(above) = above {
            self.bar.suspend(above);
        }
        self.bar.set_message(lines.join("\n"));
        // The library leaves the cursor behind the last column, from where the `^C` of a terminal that shows it would go
        // to a line of its own. If standard error is gone there is no one to draw for.
        let _ = Term::stderr().write_str("\r");
        self.height = lines.len();
    }

    /// Removes the lines.
    pub(crate) fn clear(mut self) {
        self.follow_width();
        self.bar.finish_and_clear();
    }

    /// Removes what the library would miss of the lines after the terminal has become wider or narrower. To the
    /// terminal they are one long line, which it has broken anew.
    fn follow_width(&mut self) {
        let term = Term::stderr();
        let (_, width) = term.size();
        let width = usize::from(width).max(1);
        if width == self.width || self.height == 0 {
            self.width = width;
            return;
        }
        // Down to the cursor, which is at the beginning of the last line.
        let height = (self.height - 1) * self.width / width + 1;
        // The library is going to remove as many lines as it has drawn, upwards from the cursor.
        let too_many = self.height.saturating_sub(height);
        let too_few = height.saturating_sub(self.height);
        // If standard error is gone there is no one to draw for.
        let _ = term.write_str(&"\n".repeat(too_many));
        let _ = self.bar.suspend(|| {
            term.move_cursor_up(too_few)?;
            term.clear_to_end_of_screen()
        });
        self.width = width;
    }
}
