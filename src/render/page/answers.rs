//! Answer boxes: what a student types there keeps its line breaks.
//!
//! A box begins with a line `<div class="answer…">` and ends with its `</div>`.

use pulldown_cmark::Event;

const BOX: &str = "<div class=\"answer";

/// The events of a document, with a line break on the page for each that stands in an answer box.
pub(in crate::render) fn with_lines<'m>(events: impl Iterator<Item = Event<'m>>) -> impl Iterator<Item = Event<'m>> {
    let mut open = 0_usize;
    let mut follows_text = false;
    events.map(move |event| {
        let (Event::Html(html) | Event::InlineHtml(html)) = &event else {
            follows_text = false;
            return if open > 0 && event == Event::SoftBreak { Event::HardBreak } else { event };
        };
        if open == 0 && !html.trim_start().starts_with(BOX) {
            return event;
        }
        open = (open + html.matches("<div").count()).saturating_sub(html.matches("</div").count());
        // Text right below the box's first line: Markdown takes it for HTML and hands it over line by line.
        let line = html.trim();
        let is_text = open > 0 && !line.is_empty() && !line.starts_with('<') && matches!(event, Event::Html(_));
        let broken = is_text && follows_text;
        follows_text = is_text;
        if broken { Event::Html(format!("<br>{html}").into()) } else { event }
    })
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Parser, html};

    fn check(markdown: &str, expected: &str) {
        let mut shown = String::new();
        html::push_html(&mut shown, super::with_lines(Parser::new(markdown)));
        assert_eq!(shown, expected);
    }

    #[test]
    fn lines_stay_lines_in_a_box_and_nowhere_else() {
        check(
            "a\nb\n\n<div class=\"answer\">\n\n**c**\nd\n\n</div>\n\ne\nf\n",
            "<p>a\nb</p>\n<div class=\"answer\">\n<p><strong>c</strong><br />\nd</p>\n</div>\n<p>e\nf</p>\n",
        );
    }

    #[test]
    fn lines_stay_lines_without_an_empty_one_around_them() {
        check(
            "<div class=\"answer wide\">\na\nb\n</div>\n\nc\nd\n",
            "<div class=\"answer wide\">\na\n<br>b\n</div>\n<p>c\nd</p>\n",
        );
    }

    #[test]
    fn a_box_within_a_box_does_not_end_it() {
        check(
            "<div class=\"answer\">\n<div>\n\na\nb\n\n</div>\n\nc\nd\n\n</div>\n",
            "<div class=\"answer\">\n<div>\n<p>a<br />\nb</p>\n</div>\n<p>c<br />\nd</p>\n</div>\n",
        );
    }
}
