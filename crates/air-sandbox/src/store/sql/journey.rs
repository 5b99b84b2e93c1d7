//! Journeys to SQLite's thread and back: each costs more than most statements do, so what nobody waits for yet goes with what somebody
//! does.

use std::{borrow::Cow, collections::HashMap, marker::PhantomData};

use futures_util::TryStreamExt;
use sqlx::{
    Executor, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{
    Answer, Connection, Query, Read,
    rows::{Rows, renumber},
};

/// The most values of one insert: SQLite looks for each one's place among all of the statement's.
const MOST_VALUES: usize = 256;

/// What goes with the next journey, and what came back with the last ones.
#[derive(Default)]
pub(super) struct Luggage {
    /// In its order.
    deferred: Vec<Deferred>,
    /// The first rows of what was asked on the way.
    answers: HashMap<Question, Option<Answer>>,
    asked: Question,
    #[cfg(test)]
    pub(super) journeys: u64,
}

/// Tells one question from the others.
pub(crate) type Question = u64;

/// A statement that goes with the next one, and whose rows it is, should somebody have asked for them.
pub(super) struct Deferred {
    pub(super) query: Query<'static>,
    pub(super) question: Option<Question>,
}

impl Luggage {
    pub(super) fn defer(&mut self, query: Query<'_>) {
        let (query, question) = (query.into_owned(), None);
        self.deferred.push(Deferred { query, question });
    }

    pub(super) fn ask(&mut self, query: Query<'_>) -> Question {
        self.asked += 1;
        let (query, question) = (query.into_owned(), Some(self.asked));
        self.deferred.push(Deferred { query, question });
        self.asked
    }

    /// What was deferred, for who executes it.
    pub(super) fn take(&mut self) -> Vec<Deferred> {
        std::mem::take(&mut self.deferred)
    }

    pub(super) fn deferred(&self) -> &[Deferred] {
        &self.deferred
    }

    /// Keeps the first row of what was asked, until its asker comes.
    pub(super) fn keep(&mut self, question: Question, row: Option<Answer>) {
        self.answers.insert(question, row);
    }

    fn has_answer(&self, question: Question) -> bool {
        self.answers.contains_key(&question)
    }

    fn answer(&mut self, question: Question) -> sqlx::Result<Option<Answer>> {
        self.answers.remove(&question).ok_or(sqlx::Error::RowNotFound)
    }

    /// Forgets all of it, and says what was not executed.
    pub(super) fn forget(&mut self) -> Vec<Cow<'static, str>> {
        self.answers.clear();
        let forgotten = self.deferred.drain(..);
        forgotten.map(|deferred| deferred.query.text).collect()
    }
}

/// One is about to begin.
pub(super) struct Journey<'a> {
    pub(super) connection: &'a mut SqliteConnection,
    pub(super) luggage: &'a mut Luggage,
}

impl Journey<'_> {
    /// Executes what was deferred, and this behind it: how many rows this changed, and which it has.
    pub(super) async fn make(self, query: Query<'_>) -> sqlx::Result<(u64, Vec<SqliteRow>)> {
        let deferred = in_rows(self.luggage.take());
        self.go(deferred, query).await
    }

    async fn go(self, deferred: Vec<Deferred>, query: Query<'_>) -> sqlx::Result<(u64, Vec<SqliteRow>)> {
        let questions: Vec<_> = deferred.iter().map(|deferred| deferred.question).collect();
        let query = behind(deferred, query);
        let (text, arguments) = query.parts::<SqliteArguments>()?;
        #[cfg(test)]
        {
            self.luggage.journeys += 1;
        }
        let mut questions = questions.into_iter();
        let (mut changed, mut rows) = (0, Vec::new());
        let mut done = self.connection.fetch_many(sqlx::query_with(text, arguments));
        while let Some(step) = done.try_next().await? {
            match step {
                sqlx::Either::Right(row) => rows.push(row),
                sqlx::Either::Left(done) => {
                    changed = done.rows_affected();
                    // This has no question, and is the last one.
                    if let Some(question) = questions.next() {
                        let rows = std::mem::take(&mut rows);
                        if let Some(question) = question {
                            let row = rows.into_iter().next().map(Answer::Sqlite);
                            self.luggage.keep(question, row);
                        }
                    }
                }
            }
        }
        Ok((changed, rows))
    }

    /// Executes what was deferred.
    pub(super) async fn settle(self) -> sqlx::Result<()> {
        let Self { connection, luggage } = self;
        let mut deferred = in_rows(luggage.take());
        if let Some(last) = deferred.pop() {
            let journey = Journey {
                connection,
                luggage: &mut *luggage,
            };
            let (_, rows) = journey.go(deferred, last.query).await?;
            if let Some(question) = last.question {
                luggage.keep(question, rows.into_iter().next().map(Answer::Sqlite));
            }
        }
        Ok(())
    }
}

/// The first row of a statement that may not have been executed yet.
#[must_use = "a query without a reader is wasted"]
pub(crate) struct Asked<T> {
    question: Question,
    row: PhantomData<fn() -> T>,
}

impl<T: Read> Asked<T> {
    pub(super) fn new(question: Question) -> Self {
        let row = PhantomData;
        Self { question, row }
    }

    /// The row. Makes the journey, unless another was made since.
    pub(crate) async fn answer(self, connection: &mut Connection) -> sqlx::Result<Option<T>> {
        if !connection.luggage.has_answer(self.question) {
            connection.settle_deferred().await?;
        }
        match connection.luggage.answer(self.question)? {
            None => Ok(None),
            Some(Answer::Sqlite(row)) => T::from_row(&row).map(Some),
            Some(Answer::Postgres(row)) => T::from_row(&*row).map(Some),
        }
    }
}

/// Inserts of the same text, one right behind the other, become one of more rows: a change that inserts many has few statements to prepare.
fn in_rows(deferred: Vec<Deferred>) -> Vec<Deferred> {
    let mut merged: Vec<(Rows, Option<Question>)> = Vec::new();
    for Deferred { query, question } in deferred {
        match merged.last_mut() {
            Some((rows, None))
                if question.is_none()
                    && rows.takes(&query)
                    && rows.values() + query.arguments.len() <= MOST_VALUES =>
            {
                rows.add(query);
            }
            _ => merged.push((Rows::new(query), question)),
        }
    }
    let deferred = |(rows, question): (Rows, _)| Deferred {
        query: rows.into_statement(),
        question,
    };
    merged.into_iter().map(deferred).collect()
}

/// What was deferred, and this behind it, as one text.
fn behind(deferred: Vec<Deferred>, query: Query<'_>) -> Query<'_> {
    if deferred.is_empty() {
        return query;
    }
    let mut text = String::new();
    let mut arguments = Vec::new();
    let deferred = deferred.into_iter().map(|deferred| deferred.query);
    for part in deferred.chain([query]) {
        renumber(&part.text, arguments.len(), &mut text);
        text.push(';');
        arguments.extend(part.arguments);
    }
    Query {
        text: text.into(),
        arguments,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Named, query, query_as, query_scalar},
        *,
    };
    use crate::{Data, store::database::Source};

    #[derive(Debug, PartialEq, sqlx::FromRow)]
    struct Number {
        n: i64,
    }

    impl Named for Number {}

    #[tokio::test]
    async fn what_is_deferred_is_done_before_the_next_and_counts_for_itself() {
        let source = Source::of(&Data::Memory).unwrap();
        let mut connection = source.connect().await.unwrap();
        connection.run("CREATE TABLE t (n INTEGER)").await.unwrap();
        for number in [1_i64, 2] {
            let insert = query("INSERT INTO t VALUES ($1), ($1)").bind(number);
            insert.defer(&mut connection).await.unwrap();
        }
        let changed = query("UPDATE t SET n = n + $1 WHERE n > $2")
            .bind(10_i64)
            .bind(1_i64);
        let changed = changed.execute(&mut connection).await.unwrap();
        assert_eq!(changed.rows_affected(), 2);

        query("DELETE FROM t WHERE n = $1")
            .bind(1_i64)
            .defer(&mut connection)
            .await
            .unwrap();
        let numbers = query_scalar::<i64>("SELECT n FROM t WHERE n > $1").bind(0_i64);
        assert_eq!(numbers.fetch_all(&mut connection).await.unwrap(), [12, 12]);

        query("INSERT INTO missing VALUES ($1)")
            .bind(1_i64)
            .defer(&mut connection)
            .await
            .unwrap();
        assert!(query("SELECT 1").execute(&mut connection).await.is_err());
        assert!(query("SELECT 1").execute(&mut connection).await.is_ok());
    }

    #[tokio::test]
    async fn inserts_of_one_text_are_one_statement_and_in_their_order() {
        let source = Source::of(&Data::Memory).unwrap();
        let mut connection = source.connect().await.unwrap();
        connection.run("CREATE TABLE t (n INTEGER)").await.unwrap();
        let inserts: Vec<_> = (0..300_i64)
            .map(|number| Deferred {
                query: query("INSERT INTO t VALUES ($1)").bind(number).into_owned(),
                question: None,
            })
            .collect();
        let values: Vec<_> = in_rows(inserts)
            .iter()
            .map(|insert| insert.query.arguments.len())
            .collect();
        assert_eq!(values, [MOST_VALUES, 300 - MOST_VALUES]);

        for number in 0..300_i64 {
            let insert = query("INSERT INTO t VALUES ($1)").bind(number);
            insert.defer(&mut connection).await.unwrap();
            if number == 150 {
                query("DELETE FROM t WHERE n = 7")
                    .defer(&mut connection)
                    .await
                    .unwrap();
            }
        }
        connection.settle_deferred().await.unwrap();
        let numbers = query_scalar::<i64>("SELECT n FROM t ORDER BY rowid");
        let numbers = numbers.fetch_all(&mut connection).await.unwrap();
        assert!(numbers.is_sorted());
        assert_eq!(numbers.len(), 299);
    }

    #[tokio::test]
    async fn what_is_asked_is_answered_by_one_journey_in_any_order() {
        let source = Source::of(&Data::Memory).unwrap();
        let mut connection = source.connect().await.unwrap();
        connection.run("CREATE TABLE t (n INTEGER)").await.unwrap();
        let ask = async |connection: &mut Connection, number: i64| {
            let insert = query_as::<Number>("INSERT INTO t VALUES ($1), ($1 + 1) RETURNING n");
            insert.bind(number).ask(connection).await.unwrap()
        };
        let first = ask(&mut connection, 1).await;
        let second = ask(&mut connection, 10).await;
        let none = query_as::<Number>("SELECT n FROM t WHERE n > $1").bind(99_i64);
        let none = none.ask(&mut connection).await.unwrap();
        let insert = query("INSERT INTO t VALUES ($1)").bind(5_i64);
        insert.defer(&mut connection).await.unwrap();
        let last = ask(&mut connection, 20).await;
        assert_eq!(
            second.answer(&mut connection).await.unwrap(),
            Some(Number { n: 10 })
        );
        assert_eq!(
            last.answer(&mut connection).await.unwrap(),
            Some(Number { n: 20 })
        );
        assert_eq!(none.answer(&mut connection).await.unwrap(), None);
        assert_eq!(
            first.answer(&mut connection).await.unwrap(),
            Some(Number { n: 1 })
        );
        let numbers = query_scalar::<i64>("SELECT n FROM t ORDER BY n");
        assert_eq!(
            numbers.fetch_all(&mut connection).await.unwrap(),
            [1, 2, 5, 10, 11, 20, 21]
        );

        // What goes with another's statement is answered, too; what is forgotten is not.
        let asked = ask(&mut connection, 30).await;
        assert_eq!(
            query("DELETE FROM t")
                .execute(&mut connection)
                .await
                .unwrap()
                .rows_affected(),
            9
        );
        assert_eq!(
            asked.answer(&mut connection).await.unwrap(),
            Some(Number { n: 30 })
        );
        let forgotten = ask(&mut connection, 40).await;
        connection.forget_deferred();
        assert!(forgotten.answer(&mut connection).await.is_err());
    }
}
