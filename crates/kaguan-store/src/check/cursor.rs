//! Tables in the order of their keys, a page ahead of whoever reads: while one page is looked at, the engine reads the next.

use crate::engine::{Param, Row, Sql, StoreError, Value, View};
use crate::tagging::Scan;
use tokio::task::JoinHandle;

/// The key behind which the next page begins.
type Key<'a> = Box<dyn Fn(&Row) -> Vec<Param> + Send + 'a>;

/// Goes through rows by pages.
pub(super) struct Cursor<'a> {
    view: &'a View,
    first: (&'static Sql, Vec<Param>),
    after: &'static Sql,
    key: Key<'a>,
    page: i64,
    /// The next page, which is on its way.
    ahead: Option<JoinHandle<Result<Vec<Row>, StoreError>>>,
    begun: bool,
    /// Rows that were read and not taken yet.
    left: Vec<Row>,
}

impl<'a> Cursor<'a> {
    /// From the first row of a question on; `after` is asked with the key of the last row of a page. The length of a page is the
    /// last parameter of both.
    pub(super) fn new(
        view: &'a View,
        (first, params): (&'static Sql, Vec<Param>),
        after: &'static Sql,
        key: impl Fn(&Row) -> Vec<Param> + Send + 'a,
        page: i64,
    ) -> Self {
        let (key, left) = (Box::new(key), Vec::new());
        Self { view, first: (first, params), after, key, page, ahead: None, begun: false, left }
    }

    /// A whole table.
    pub(super) fn of(view: &'a View, scan: &'static Scan) -> Self {
        Self::new(view, (&scan.first, Vec::new()), &scan.after, |row| scan.key(row), scan.page())
    }

    fn start(&mut self, sql: &'static Sql, mut params: Vec<Param>) {
        params.push(self.page.into());
        self.ahead = Some(self.view.ask_ahead(sql, params));
    }

    /// The next rows; none when there are no more.
    pub(super) async fn next(&mut self) -> Result<Vec<Row>, StoreError> {
        if !self.left.is_empty() {
            return Ok(std::mem::take(&mut self.left));
        }
        if !self.begun {
            self.begun = true;
            let (sql, params) = (self.first.0, std::mem::take(&mut self.first.1));
            self.start(sql, params);
        }
        let Some(ahead) = self.ahead.take() else { return Ok(Vec::new()) };
        let rows = ahead.await.map_err(|broke| StoreError::Engine(broke.to_string()))??;
        if rows.len() as i64 == self.page
            && let Some(last) = rows.last()
        {
            let key = (self.key)(last);
            self.start(self.after, key);
        }
        Ok(rows)
    }

    /// The next rows whose first column is at most so much; all that are left without a limit. None when there are no more of them.
    pub(super) async fn up_to(&mut self, last: Option<i64>) -> Result<Vec<Row>, StoreError> {
        let mut rows = self.next().await?;
        let Some(last) = last else { return Ok(rows) };
        let within = |row: &Row| matches!(row.values.first(), Some(Value::Int(n)) if *n <= last);
        let here = rows.iter().take_while(|row| within(row)).count();
        self.left = rows.split_off(here);
        Ok(rows)
    }
}
