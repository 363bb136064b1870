//! The store: an engine, the keys, and the writer's lease.

use crate::commit::recall_acts;
use crate::engine::{CommitError, Engine, StoreError, StoredDataError, Write};
use crate::heads::Kept;
use crate::journal::Entry;
use crate::keys::{KeyError, KeyRing};
use crate::load::{LoadRequest, Subject};
use crate::rows::dead::DeadWaitingRow;
use crate::rows::examinations::ExaminationRow;
use crate::rows::journal::WriterRow;
use crate::rows::loose::LooseRow;
use crate::rows::papers::{ArchiveRow, MetaRow};
use crate::rows::people::{ApplicationRow, CardKey, CardRow, ClaimRow, TraceRow, UnitClockRow};
use crate::rows::under_way::RecallRow;
use crate::schema::{self, MIGRATIONS};
use crate::seal::{Sealer, Trust};
use crate::sql;
use crate::table::Ask;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::ids::HolderId;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keys cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The engine cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process took over at the same moment.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The database belongs to other keys.
    #[error("数据库与密钥文件不匹配 (the database was made under another master key)")]
    OtherKeys,
    /// There is nothing of ours in the database.
    #[error("数据库中没有卡管系统的数据表 (the database has no tables of this program)")]
    NotMade,
    /// The database was made by an older program, and may not be changed now.
    #[error(
        "数据库版本 {found} 比本程序（{known}）旧，须先升级数据库 (the schema is older than this program)"
    )]
    Older {
        /// Its version.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// Rows of this database had tags, and have them no more.
    #[error(
        "数据库各行的校验码已被去除，或换回了没有校验码的旧数据库（{mark} 表明曾有校验码）。确认要启用该旧数据库的，由主管人员移走该文件后重试 (the rows of this database had tags)"
    )]
    Untagged {
        /// The file that says so.
        mark: std::path::PathBuf,
    },
    /// The database was made by a newer program.
    #[error("数据库版本 {found} 比本程序（{known}）新，请升级程序 (the schema is newer than this program)")]
    Newer {
        /// Its version.
        found: usize,
        /// Ours.
        known: usize,
    },
}

/// In meta: which form of the directory everybody on file is entered in.
const DIRECTORY: &str = "directory";
/// In meta: whether the last day of every running clock is noted beside its application.
const LAST_DAYS: &str = "last_days";

/// In meta: whether cards of which a bank refused something, or never answered, are noted.
const UNSETTLED: &str = "unsettled_links";
/// In meta: whether the applications that a counter makes the card of are noted.
const MARKED: &str = "marked";

/// In meta: whether the cards that have to be taken back are noted by their last day, and, since schema 36, by whose turn it is; since 37 with
/// those at their end that lie in boxes, and then with those in boxes that are to be confiscated or were cleaned.
const RECALLS: &str = "recalls";
const RECALLS_BY_TURN: &str = "4";
/// In meta: whether the running clocks of unit applications are noted.
const UNIT_CLOCKS: &str = "unit_clocks";
/// In meta: whether what waits for a second officer is noted, and, since December 2026, what another bank has agreed to; since then also what
/// a bank took that another has not answered, or has not agreed to.
const EXAMINED: &str = "examinations";
const EXAMINED_FOR_BOTH_BANKS: &str = "3";
/// In meta: whether cards outside boxes, and those to be posted, are noted by their outlets; by who has them, since schema 34, and then with
/// those that are given back to their holders, with the day from which on what was taken back is stranded, and with what is cancelled and is
/// still to be taken back, or to be destroyed; since schema 37 with what was confiscated, and with who signs for what another office has; since
/// schema 38 with what has to be done with what was taken back, and with what is to be offered again; then with what is to be confiscated,
/// and what was cleaned; then with what is cancelled and whose account is still to be closed.
const LOOSE: &str = "loose_cards";
const LOOSE_WITH_WHAT_IS_OWED: &str = "8";

/// In meta: whether the applications of people whose death is confirmed are noted.
const DEAD: &str = "dead_waiting";

/// In meta: whether the material of archives is noted by who keeps it.
const ARCHIVES: &str = "archives";

/// Where the journal stands, and who writes.
pub(crate) type Head = WriterRow;

/// In meta: the number of the last migration.
const SCHEMA: &str = "schema";

/// In meta: that every row has its tag.
pub(crate) const TAGGED: &str = "tagged";

/// The store.
pub struct Store {
    engine: Engine,
    keys: KeyRing,
    head: Mutex<Option<Head>>,
    /// Where the journal ends, as it is kept outside the database.
    kept: Mutex<Kept>,
    /// Digests of photos that are known to be there: whoever names one just stored asks no question.
    photos: Mutex<HashSet<String>>,
}

/// Whom some lines are about, each once.
fn people_of(lines: &[Entry]) -> Vec<HolderId> {
    let of = |line: &Entry| match Subject::parse(&line.subject) {
        Some(Subject::Holder(id)) => Some(id),
        _ => None,
    };
    let mut holders: Vec<HolderId> = lines.iter().filter_map(of).collect();
    holders.sort_unstable();
    holders.dedup();
    holders
}

/// So many digests of photos are kept in mind.
const MOST_PHOTOS: usize = 100_000;

impl Store {
    /// Keeps in mind that photos are there; they are never taken away.
    pub(crate) fn know_photos(&self, names: &[String]) {
        let mut known = self.photos_known();
        if known.len() >= MOST_PHOTOS {
            known.clear();
        }
        known.extend(names.iter().cloned());
    }

    /// Those that are known. A poisoned lock still holds whole digests.
    pub(crate) fn photos_known(&self) -> MutexGuard<'_, HashSet<String>> {
        self.photos.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Opens a database and the master key beside it, makes both when they are not there, and migrates.
    pub async fn open(url: &str, master_key: &Path) -> Result<Self, OpenError> {
        let store = Self::connect(url, master_key, true).await?;
        store.make_ready().await?;
        Ok(store)
    }

    /// Connects to a database, and neither asks nor writes before [`Self::make_ready`]. With `make` the master key is made
    /// when it is not there. SQLite makes a file that is not there whether asked to or not.
    pub async fn connect(url: &str, master_key: &Path, make: bool) -> Result<Self, OpenError> {
        if make && !master_key.exists() {
            // No key is made for a database that has one: what is missing is looked for, not replaced.
            let engine = Engine::open(url).await?;
            if engine.has_table("writer").await? {
                return Err(OpenError::OtherKeys);
            }
            return Ok(Self::over(engine, KeyRing::open(master_key, true)?));
        }
        let keys = KeyRing::open(master_key, make)?;
        Ok(Self::over(Engine::open(url).await?, keys))
    }

    /// Opens what is there for questions: nothing is made, migrated or written, and the engine refuses every change.
    ///
    /// # Errors
    /// Also when there are no tables, or their schema is not this program's.
    pub async fn read_only(url: &str, master_key: &Path) -> Result<Self, OpenError> {
        let keys = KeyRing::open(master_key, false)?;
        let store = Self::over(Engine::open_read_only(url).await?, keys);
        let known = MIGRATIONS.len();
        match store.version().await? {
            None => return Err(OpenError::NotMade),
            Some(found) if found < known => return Err(OpenError::Older { found, known }),
            Some(found) if found > known => return Err(OpenError::Newer { found, known }),
            Some(_) => {}
        }
        match store.plain_meta("journal_public_key").await? {
            Some(known) if known == store.public_key() => Ok(store),
            _ => Err(OpenError::OtherKeys),
        }
    }

    /// A store in memory with keys of its own: the test double.
    pub async fn in_memory() -> Result<Self, OpenError> {
        Self::with_keys(Engine::open("sqlite::memory:").await?, KeyRing::derived(&[42; 32])).await
    }

    /// A store on an open engine.
    pub async fn with_keys(engine: Engine, keys: KeyRing) -> Result<Self, OpenError> {
        let store = Self::over(engine, keys);
        store.make_ready().await?;
        Ok(store)
    }

    fn over(engine: Engine, keys: KeyRing) -> Self {
        Self { engine, keys, head: Mutex::new(None), kept: Mutex::default(), photos: Mutex::default() }
    }

    /// Migrates, and sees that the database belongs to these keys.
    pub async fn make_ready(&self) -> Result<(), OpenError> {
        self.migrate().await?;
        let public = self.public_key();
        match self.plain_meta("journal_public_key").await? {
            None => self.put_meta("journal_public_key", &public).await?,
            Some(known) if known == public => {}
            Some(_) => return Err(OpenError::OtherKeys),
        }
        Ok(())
    }

    /// The number of the last migration; `None` in a database without our tables.
    async fn version(&self) -> Result<Option<usize>, StoreError> {
        if !self.engine.has_table("meta").await? {
            return Ok(None);
        }
        let Some(text) = self.plain_meta(SCHEMA).await? else { return Ok(Some(0)) };
        let wrong = |_| StoredDataError {
            table: "meta",
            column: "value",
            row: "schema".into(),
            why: "not a number".into(),
        };
        Ok(Some(text.parse().map_err(wrong)?))
    }

    /// Brings the schema up to date; does nothing when it is.
    pub async fn migrate(&self) -> Result<usize, OpenError> {
        let found = self.version().await?.unwrap_or(0);
        if found > MIGRATIONS.len() {
            return Err(OpenError::Newer { found, known: MIGRATIONS.len() });
        }
        let tagged = found > 0 && self.is_tagged().await?;
        if found > 0 {
            if self.plain_meta("journal_public_key").await?.is_some_and(|known| known != self.public_key()) {
                return Err(OpenError::OtherKeys);
            }
            if let (false, Some(mark)) = (tagged, self.keys.tagged()) {
                return Err(OpenError::Untagged { mark: mark.into() });
            }
        }
        for (i, migration) in MIGRATIONS.iter().enumerate().skip(found) {
            // With its number in one transaction: a process that is killed here leaves it done or not done.
            self.engine.script(migration, &sql::schema_is(i + 1)).await?;
        }
        if !tagged {
            self.keys.tags.trust(Trust::Untagged);
            let done = self.tag_earlier_rows().await;
            self.keys.tags.trust(Trust::Nothing);
            done?;
        }
        self.keys.set_tagged()?;
        self.vouch_for_the_schema().await?;
        self.note_what_is_new().await?;
        Ok(MIGRATIONS.len() - found)
    }

    /// A migration writes its number in plain SQL; the row is given its tag here.
    async fn vouch_for_the_schema(&self) -> Result<(), OpenError> {
        match self.meta(SCHEMA).await {
            Err(StoreError::Data(_)) => Ok(self.put_meta(SCHEMA, &MIGRATIONS.len().to_string()).await?),
            vouched => Ok(vouched.map(drop)?),
        }
    }

    /// Notes beside the rows of an earlier schema what this one asks for; each once.
    pub(crate) async fn note_what_is_new(&self) -> Result<(), OpenError> {
        self.give_slots().await?;
        self.fill_directory().await?;
        self.note_last_days().await?;
        self.count_the_past().await?;
        self.note_unsettled().await?;
        self.note_archives().await?;
        self.note_marked().await?;
        self.note_recalls().await?;
        self.note_unit_clocks().await?;
        self.claim_unit_forms().await?;
        self.count_what_is_under_way().await?;
        self.note_examinations().await?;
        self.note_loose_cards().await?;
        self.note_dead_waiting().await?;
        Ok(self.first_writer().await?)
    }

    /// Takes every row out of every table but what the database is: its schema, its keys, and what of meta is to be kept. For
    /// what was only tried out, by whoever may write.
    pub async fn clear(&self, keep: &[&'static str]) -> Result<(), OpenError> {
        let keep = [keep, &[SCHEMA, "journal_public_key", TAGGED]].concat();
        self.engine.batch(sql::empty(schema::tables(), &keep)).await?;
        Ok(self.first_writer().await?)
    }

    async fn first_writer(&self) -> Result<(), CommitError> {
        let nobody = WriterRow {
            id: 1,
            epoch: 0,
            block_seq: 0,
            entry_seq: 0,
            block_hash: [0; 32],
            institutions: 0,
            institution_root: None,
            request_keys: 0,
            messages: 0,
        };
        self.engine.transact(vec![sql::WRITER_INIT.missing(&self.keys, [nobody])]).await
    }

    /// Gives the cards that an earlier schema left without one their slot among their bank's cards.
    async fn give_slots(&self) -> Result<(), OpenError> {
        loop {
            let found = self.ask(&sql::CARD_UNPLACED, vec![500.into()]).await?;
            if found.is_empty() {
                return Ok(());
            }
            let holders = found.iter().map(|row| row.holder_id).collect();
            let loaded = self.load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            let cards = |f: &HolderFile| -> Vec<_> {
                f.cards.iter().map(|c| CardRow::of(&self.keys, f.id, c)).collect()
            };
            self.engine
                .transact(vec![sql::CARD_PUT.rows(&self.keys, loaded.holders.values().flat_map(cards))])
                .await?;
        }
    }

    /// Enters everybody of an earlier schema into the directory: every document, and what others may share. Once; done again
    /// from the beginning when it was cut off.
    async fn fill_directory(&self) -> Result<(), OpenError> {
        if self.meta(DIRECTORY).await?.is_some() {
            return Ok(());
        }
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            let claim = |holder: HolderId, c: Claim| ClaimRow {
                digest: self.claim_digest(&c),
                kind: c.kind,
                holder_id: holder,
            };
            // Two documents may have one number: it is one claim.
            let claims: HashMap<[u8; 32], ClaimRow> = page
                .files()
                .flat_map(|f| f.identifiers().into_iter().map(|c| claim(f.id, c)))
                .map(|row| (row.digest, row))
                .collect();
            let traces: Vec<_> = page.files().flat_map(|f| self.traces_of(f)).collect();
            let writes = vec![
                sql::CLAIM_PUT.missing(&self.keys, claims.into_values()),
                sql::TRACE_PUT.missing(&self.keys, traces),
            ];
            self.engine.transact(writes).await?;
        }
        Ok(self.put_meta(DIRECTORY, "2").await?)
    }

    /// Notes the last day of every running clock of an earlier schema beside its application. Once; done again from the beginning when
    /// it was cut off.
    async fn note_last_days(&self) -> Result<(), OpenError> {
        if self.meta(LAST_DAYS).await?.is_some() {
            return Ok(());
        }
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            let of = |f: &HolderFile| -> Vec<_> {
                let rows = f.applications.iter().map(|a| ApplicationRow::of(self.sealer(), f.id, a));
                rows.filter(|row| row.due.is_some()).collect()
            };
            let rows: Vec<_> = page.files().flat_map(of).collect();
            self.engine.transact(vec![sql::APPLICATION_PUT.rows(&self.keys, rows)]).await?;
        }
        Ok(self.put_meta(LAST_DAYS, "1").await?)
    }

    /// Notes the cards of an earlier schema with a link that staff must settle. Once; done again from the beginning when it was cut
    /// off.
    async fn note_unsettled(&self) -> Result<(), OpenError> {
        if self.meta(UNSETTLED).await?.is_some() {
            return Ok(());
        }
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            let of = |f: &HolderFile| -> Vec<_> {
                let rows = f.cards.iter().map(|c| CardRow::of(&self.keys, f.id, c));
                rows.filter(|row| row.unsettled).collect()
            };
            let rows: Vec<_> = page.files().flat_map(of).collect();
            self.engine.transact(vec![sql::CARD_PUT.rows(&self.keys, rows)]).await?;
        }
        Ok(self.put_meta(UNSETTLED, "1").await?)
    }

    /// Notes who keeps which material of archives that an earlier schema left. Once; done again from the beginning when it was cut
    /// off.
    async fn note_archives(&self) -> Result<(), OpenError> {
        if self.meta(ARCHIVES).await?.is_some() {
            return Ok(());
        }
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            let rows: Vec<_> = page.files().flat_map(ArchiveRow::of).collect();
            self.engine.transact(vec![sql::ARCHIVE_PUT.rows(&self.keys, rows)]).await?;
        }
        Ok(self.put_meta(ARCHIVES, "1").await?)
    }

    /// Notes the applications of an earlier schema that a counter makes the card of. Once; done again from the beginning when it was
    /// cut off.
    async fn note_marked(&self) -> Result<(), OpenError> {
        if self.meta(MARKED).await?.is_some() {
            return Ok(());
        }
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            let of = |f: &HolderFile| -> Vec<_> {
                let rows = f.applications.iter().map(|a| ApplicationRow::of(self.sealer(), f.id, a));
                rows.filter(|row| row.marked).collect()
            };
            let rows: Vec<_> = page.files().flat_map(of).collect();
            self.engine.transact(vec![sql::APPLICATION_PUT.rows(&self.keys, rows)]).await?;
        }
        Ok(self.put_meta(MARKED, "1").await?)
    }

    /// Notes the cards of an earlier schema that have to be taken back. Once; done again from the beginning when it was cut off.
    async fn note_recalls(&self) -> Result<(), OpenError> {
        match self.meta(RECALLS).await?.as_deref() {
            Some(RECALLS_BY_TURN) => return Ok(()),
            Some(_) => return self.note_whose_turn_recalls_are().await,
            None => {}
        }
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            let of = |f: &HolderFile| -> Vec<_> {
                let rows = f.cards.iter().map(|c| CardRow::of(&self.keys, f.id, c));
                rows.filter(|row| row.recall_due.is_some()).collect()
            };
            let rows: Vec<_> = page.files().flat_map(of).collect();
            self.engine.transact(vec![sql::CARD_PUT.rows(&self.keys, rows)]).await?;
        }
        self.note_whose_turn_recalls_are().await
    }

    /// The files of the next cards that are asked for, in the order of their holders, after one; none after the last.
    async fn files_with(
        &self,
        cards: &'static Ask<CardKey>,
        after: &mut i64,
    ) -> Result<Option<Vec<HolderFile>>, StoreError> {
        let found = self.ask(cards, vec![(*after).into(), 500.into()]).await?;
        let Some(last) = found.last() else { return Ok(None) };
        *after = last.holder_id.0;
        let mut holders: Vec<HolderId> = found.iter().map(|row| row.holder_id).collect();
        holders.dedup();
        let loaded = self.load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        Ok(Some(loaded.holders.into_values().collect()))
    }

    /// Notes them by whose turn it is.
    async fn note_whose_turn_recalls_are(&self) -> Result<(), OpenError> {
        self.engine.transact(vec![Write::one(&sql::RECALL_CLEAR, Vec::new(), None)]).await?;
        let mut after = i64::MIN;
        while let Some(files) = self.files_with(&sql::CARDS_RECALLED, &mut after).await? {
            self.put_recalls(&files).await?;
        }
        // Whoever was restricted may have a card in a box that is to be confiscated: the journal has the cases.
        for some in people_of(&self.restrictions_since(Instant(0), i64::MAX).await?).chunks(500) {
            let loaded = self.load(&LoadRequest { holders: some.to_vec(), ..LoadRequest::default() }).await?;
            self.put_recalls(&loaded.holders.into_values().collect::<Vec<_>>()).await?;
        }
        Ok(self.put_meta(RECALLS, RECALLS_BY_TURN).await?)
    }

    /// Puts the rows of some people, and says of what lies in boxes whose turn it is.
    async fn put_recalls(&self, files: &[HolderFile]) -> Result<(), OpenError> {
        let rows: Vec<_> = files.iter().flat_map(RecallRow::of).collect();
        let mut batches: Vec<i64> = rows.iter().filter_map(RecallRow::batch_of_box).collect();
        batches.sort_unstable();
        batches.dedup();
        if !rows.is_empty() {
            let put = sql::RECALL_PUT.rows(&self.keys, rows);
            self.engine.transact(vec![put, recall_acts(batches)]).await?;
        }
        Ok(())
    }

    /// Notes the unit applications of an earlier schema whose clock runs. Once; done again from the beginning when it was cut off.
    async fn note_unit_clocks(&self) -> Result<(), OpenError> {
        if self.meta(UNIT_CLOCKS).await?.is_some() {
            return Ok(());
        }
        let mut after = i64::MIN;
        loop {
            let found = self.ask(&sql::UNIT_WAITING_ANYWHERE, vec![after.into(), 500.into()]).await?;
            let Some(last) = found.last() else { break };
            after = last.unit_id.0;
            let mut rows = Vec::new();
            for unit in &found {
                rows.extend(UnitClockRow::of(&unit.file(self.sealer())?));
            }
            if !rows.is_empty() {
                self.engine.transact(vec![sql::UNIT_CLOCK_PUT.rows(&self.keys, rows)]).await?;
            }
        }
        Ok(self.put_meta(UNIT_CLOCKS, "1").await?)
    }

    /// Notes what an earlier schema left to be decided: the journal has the proposals. Once; done again from the beginning when it was
    /// cut off.
    async fn note_examinations(&self) -> Result<(), OpenError> {
        if self.meta(EXAMINED).await?.as_deref() == Some(EXAMINED_FOR_BOTH_BANKS) {
            return Ok(());
        }
        let mut lines = self.restrictions_since(Instant(0), i64::MAX).await?;
        lines.extend(self.bank_changes_since(Instant(0), i64::MAX).await?);
        for some in people_of(&lines).chunks(500) {
            let loaded = self.load(&LoadRequest { holders: some.to_vec(), ..LoadRequest::default() }).await?;
            let rows: Vec<_> = loaded.holders.values().flat_map(ExaminationRow::of).collect();
            self.engine.transact(vec![sql::EXAMINATION_PUT.rows(&self.keys, rows)]).await?;
        }
        Ok(self.put_meta(EXAMINED, EXAMINED_FOR_BOTH_BANKS).await?)
    }

    /// Notes the applications of an earlier schema that wait although a death was confirmed: the journal has what registers said. Once; done
    /// again from the beginning when it was cut off.
    async fn note_dead_waiting(&self) -> Result<(), OpenError> {
        if self.meta(DEAD).await?.is_some() {
            return Ok(());
        }
        let lines = self.deaths_since(Instant(0), i64::MAX).await?;
        for some in people_of(&lines).chunks(500) {
            let loaded = self.load(&LoadRequest { holders: some.to_vec(), ..LoadRequest::default() }).await?;
            let rows: Vec<_> = loaded.holders.values().flat_map(DeadWaitingRow::of).collect();
            self.engine.transact(vec![sql::DEAD_WAITING_PUT.rows(&self.keys, rows)]).await?;
        }
        Ok(self.put_meta(DEAD, "1").await?)
    }

    /// Notes the cards of an earlier schema that an outlet has to see to, by who has them. Once; done again from the beginning when it was
    /// cut off.
    async fn note_loose_cards(&self) -> Result<(), OpenError> {
        if self.meta(LOOSE).await?.as_deref() == Some(LOOSE_WITH_WHAT_IS_OWED) {
            return Ok(());
        }
        self.engine.transact(vec![Write::one(&sql::LOOSE_CLEAR, Vec::new(), None)]).await?;
        let mut after = i64::MIN;
        while let Some(files) = self.files_with(&sql::CARDS_OUT_OF_HAND, &mut after).await? {
            let rows: Vec<_> = files.iter().flat_map(LooseRow::of).collect();
            if !rows.is_empty() {
                self.engine.transact(vec![sql::LOOSE_PUT.rows(&self.keys, rows)]).await?;
            }
        }
        Ok(self.put_meta(LOOSE, LOOSE_WITH_WHAT_IS_OWED).await?)
    }

    /// The rows of what a person may be found by.
    pub(crate) fn traces_of(&self, file: &HolderFile) -> Vec<TraceRow> {
        let row = |t: &Trace| TraceRow { digest: self.trace_digest(t), holder_id: file.id };
        file.traces().iter().map(row).collect()
    }

    /// A value of the table meta, as it stands there.
    pub(crate) async fn plain_meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.ask(&sql::META_PLAIN, vec![name.into()]).await?.pop().map(|row| row.value))
    }

    /// Whether every row of this database has its tag.
    pub(crate) async fn is_tagged(&self) -> Result<bool, StoreError> {
        let since = self.version().await?.unwrap_or(0) >= schema::tags_since();
        Ok(since && self.plain_meta(TAGGED).await?.is_some())
    }

    /// A value of the table meta.
    pub async fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.ask(&sql::META_GET, vec![name.into()]).await?.pop().map(|row| row.value))
    }

    /// Writes a value of the table meta.
    pub async fn put_meta(&self, name: &str, value: &str) -> Result<(), CommitError> {
        let row = MetaRow { name: name.into(), value: value.into() };
        self.engine.transact(vec![sql::META_PUT.rows(&self.keys, [row])]).await
    }

    /// The engine, for counters and for tests.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The public key that the journal is signed with.
    pub fn public_key(&self) -> String {
        self.keys.public.clone()
    }

    /// The secret key of a number, from 1, with which the system signs what it says to partners.
    pub fn partner_secret(&self, number: u32) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.keys.partner_signing(number).to_bytes().into())
    }

    /// The key that a bank shares for reconciliation.
    pub fn shared_with(&self, bank: &str) -> zeroize::Zeroizing<[u8; 32]> {
        self.keys.shared(bank)
    }

    /// The digest, under a key of the system, by which the receipt of a line of the journal is known to be genuine.
    pub fn receipt_digest(&self, line: i64) -> [u8; 32] {
        self.keys.blind.of("receipt of a line", &line.to_string())
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.keys.sealer
    }

    /// Where the next commit goes; `None` when this process may not write.
    pub(crate) fn head(&self) -> MutexGuard<'_, Option<Head>> {
        // Whoever panicked under the lock left a whole value: it is only ever replaced.
        self.head.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether what is written now is found again: the database stands in its place, and the journal's head can be kept.
    ///
    /// # Errors
    /// Why not, in Chinese.
    pub fn fit_to_write(&self) -> Result<(), String> {
        self.engine.in_place()?;
        self.kept().failed().map_or(Ok(()), Err)
    }

    /// What is kept of the journal's end. Whoever panicked under the lock left whole values.
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The blind index of a number.
    pub fn claim_digest(&self, claim: &Claim) -> [u8; 32] {
        self.keys.blind.of(claim.kind.code(), &claim.value)
    }

    /// The blind index of what others may share.
    pub fn trace_digest(&self, trace: &Trace) -> [u8; 32] {
        self.keys.blind.of(trace.kind.code(), &trace.value)
    }

    /// A keyed digest of something that is only ever compared, such as a request key or a pick-up code.
    pub fn digest(&self, kind: &str, value: &str) -> [u8; 32] {
        self.keys.blind.of(kind, value)
    }
}
