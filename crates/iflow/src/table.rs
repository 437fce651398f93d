//! Tables inside a property: `<row><cell id='Name'>...</cell></row>`, escaped once more.

use roxmltree::Node as Xml;

use crate::xml;

/// Most rows of a table.
const MAX_ROWS: usize = 5_000;

/// One row: cells by id where they have one, else by position.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row(Vec<(Option<String>, String)>);

impl Row {
    /// The cell of an id; writers order the columns as they like.
    pub(crate) fn named(&self, id: &str) -> &str {
        let found = self.0.iter().find(|(name, _)| name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(id)));
        found.map_or("", |(_, text)| text.as_str())
    }

    /// The cell at a position.
    pub(crate) fn at(&self, index: usize) -> &str {
        self.0.get(index).map_or("", |(_, text)| text.as_str())
    }

    /// A row of named cells.
    pub(crate) fn of(cells: impl IntoIterator<Item = (String, String)>) -> Self {
        Row(cells.into_iter().map(|(id, text)| (Some(id), text)).collect())
    }

    /// The same row with every cell changed.
    pub(crate) fn map(self, change: &mut impl FnMut(&str) -> String) -> Self {
        Row(self.0.into_iter().map(|(id, text)| (id, change(&text))).collect())
    }
}

/// Parses a table; empty text is a table without rows. A failure is a sentence.
pub(crate) fn parse(text: &str) -> Result<Vec<Row>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let whole = format!("<table>{text}</table>");
    let document = xml::parse(&whole).map_err(|(_, what, _)| what.replace("the file", "the table"))?;
    let cell = |cell: Xml<'_, '_>| {
        let text: String = cell.descendants().filter(Xml::is_text).filter_map(|t| t.text()).collect();
        (cell.attribute("id").map(str::to_owned), text)
    };
    let rows = document.root_element().children().filter(|r| r.tag_name().name() == "row");
    let rows: Vec<Row> = rows
        .map(|row| Row(row.children().filter(|c| c.tag_name().name() == "cell").map(cell).collect()))
        .take(MAX_ROWS + 1)
        .collect();
    if rows.len() > MAX_ROWS { Err(format!("the table has more than {MAX_ROWS} rows")) } else { Ok(rows) }
}
