//! `kaguan check`: verifies the journal from its first line to its head, replays it, and compares every file, batch
//! and balance with what the tables say.

mod rows;

use crate::engine::StoreError;
use crate::journal::{self, Entry};
use crate::load::{LoadRequest, Loaded, Subject};
use crate::rows::journal::PlainHead;
use crate::rows::papers::{self, ArchiveRow};
use crate::rows::statistics::{HappenedInMonth, HappenedKey, HappenedRow, tally};
use crate::sql;
use crate::store::Store;
use crate::table::Columns;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::{BatchFile, Tally};
use kaguan_domain::facts::blank::BlankFile;
use kaguan_domain::facts::blank_order::{BlankOrderFile, Stock};
use kaguan_domain::facts::custody::OnTheWay;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BatchId, HolderId, UnitId};
use kaguan_domain::report::{happened_in, happened_in_batch};
use rows::Directory;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Something that is not as it should be, and where.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Finding {
    /// Where: `entry 12`, `block 3`, `holder 7`.
    pub place: String,
    /// What, in Chinese.
    pub what: String,
}

/// What a check found.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct CheckReport {
    /// Lines verified.
    pub entries: i64,
    /// Blocks verified.
    pub blocks: i64,
    /// Files replayed and compared.
    pub holders: usize,
    /// Batches replayed and compared.
    pub batches: usize,
    /// Sum of all balances of the books; zero.
    pub balance: i64,
    /// Everything that is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

const PAGE: i64 = 2_000;

#[derive(Default)]
struct Replay {
    holders: HashMap<HolderId, HolderFile>,
    batches: HashMap<BatchId, BatchFile>,
    units: HashMap<UnitId, UnitFile>,
    stock: Stock,
    institution: Vec<InstitutionEvent>,
    books: BTreeMap<String, i64>,
    happened: BTreeMap<HappenedKey, i64>,
    directory: Directory,
}

impl CheckReport {
    fn find(&mut self, place: String, what: &str) {
        // The first hundred say where to look; a cut-off database would fill the memory.
        if !self.is_full() {
            self.findings.push(Finding { place, what: what.into() });
        }
    }

    fn is_full(&self) -> bool {
        self.findings.len() >= 100
    }
}

impl CheckReport {
    /// A row that cannot be read is a finding, and the check goes on; anything else ends it.
    fn damaged(&mut self, e: StoreError) -> Result<(), StoreError> {
        match e {
            StoreError::Data(d) => {
                let place = format!("table {}, column {}, row {}", d.table, d.column, d.row);
                if !self.findings.iter().any(|f| f.place == place) {
                    self.find(place, "该行无法读取或已被改动");
                }
                Ok(())
            }
            StoreError::Engine(_) => Err(e),
        }
    }
}

impl Store {
    /// What of a question can be read, one by one where a row among them is damaged.
    async fn load_sound(
        &self,
        all: Vec<LoadRequest>,
        together: LoadRequest,
        report: &mut CheckReport,
    ) -> Result<Loaded, StoreError> {
        let mut out = match self.load(&together).await {
            Err(StoreError::Data(_)) => Loaded::default(),
            done => return done,
        };
        for one in all {
            match self.load(&one).await {
                Ok(found) => {
                    out.holders.extend(found.holders);
                    out.batches.extend(found.batches);
                    out.units.extend(found.units);
                    out.stock.orders.extend(found.stock.orders);
                }
                Err(e) => report.damaged(e)?,
            }
        }
        Ok(out)
    }

    /// Verifies and replays.
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        let mut replay = Replay::default();
        let public = self.public_key();
        let (mut previous, mut next_entry, mut next_block) = ([0u8; 32], 1, 1);
        let head = loop {
            let page = self.ask(&sql::BLOCK_FROM, vec![next_block.into(), 64.into()]).await?;
            if page.is_empty() {
                // Whoever writes meanwhile writes block and head together: the head of after the last block is its own, unless
                // another block came between.
                let head = self.plain_head().await?;
                let asked = vec![next_block.into(), 1.into()];
                if head.block_seq < next_block || self.ask(&sql::BLOCK_FROM, asked).await?.is_empty() {
                    break head;
                }
                continue;
            }
            for row in page {
                let (block, hash, signature) = row.block();
                let place = format!("block {}", block.seq);
                if block.seq != next_block {
                    report.find(format!("block {next_block}"), "区块缺失");
                }
                if block.previous != previous {
                    report.find(place.clone(), "与前一区块的哈希不衔接");
                }
                if block.hash() != hash {
                    report.find(place.clone(), "区块内容与其哈希不符");
                }
                if !journal::verify(&public, &hash, &signature) {
                    report.find(place.clone(), "区块签名无效");
                }
                if block.first_entry != next_entry {
                    report.find(place.clone(), "日志条目编号不连续");
                }
                let mut leaves = Vec::new();
                let mut at = block.first_entry;
                let end = block.first_entry + block.entries;
                while at < end {
                    let entries = self.entries_from(at, PAGE.min(end - at)).await?;
                    if entries.is_empty() {
                        break;
                    }
                    for entry in entries {
                        if entry.seq != at {
                            report.find(format!("entry {at}"), "日志条目缺失");
                            at = entry.seq;
                        }
                        if at >= end {
                            break;
                        }
                        leaves.push(entry.leaf());
                        self.replay(&mut replay, &entry, &mut report)?;
                        at += 1;
                        report.entries += 1;
                    }
                }
                if leaves.len() as i64 != block.entries || journal::root(&leaves) != block.root {
                    let range = format!("block {} (entries {}–{})", block.seq, block.first_entry, end - 1);
                    report.find(range, "日志条目与区块的默克尔根不符");
                }
                previous = hash;
                next_entry = end;
                next_block = block.seq + 1;
                report.blocks += 1;
            }
        };
        if (head.block_seq, head.block_hash, head.entry_seq) != (next_block - 1, previous, next_entry - 1) {
            report.find(
                format!("block {}", head.block_seq),
                "日志末尾与写入者记录的末端不符（被截断或被追加）",
            );
        }
        if !self.entries_from(next_entry, 1).await?.is_empty() {
            report.find(format!("entry {next_entry}"), "区块之外的日志条目");
        }
        self.look_at_rows(&replay, &mut report).await?;
        self.compare_institutions(&replay, &mut report).await?;
        self.compare(replay, &mut report).await?;
        Ok(report)
    }

    async fn plain_head(&self) -> Result<PlainHead, StoreError> {
        let found = self.ask(&sql::WRITER_PLAIN, Vec::new()).await?.pop();
        found.ok_or_else(|| StoreError::Engine("the writer's row is not there".into()))
    }

    /// The events of the institution room are those of the journal, one by one.
    async fn compare_institutions(
        &self,
        replay: &Replay,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let stored = match self.institution_events().await {
            Ok(events) => events,
            Err(e) => return report.damaged(e),
        };
        if stored.len() != replay.institution.len() {
            report.find("table institution_event, column seq, row all".into(), "机构事件数与日志不同");
        }
        for (at, (stored, said)) in stored.iter().zip(&replay.institution).enumerate() {
            if stored != said {
                let place = format!("table institution_event, column body, row seq {}", at + 1);
                report.find(place, "机构事件与日志不同");
            }
        }
        Ok(())
    }

    fn replay(&self, replay: &mut Replay, e: &Entry, report: &mut CheckReport) -> Result<(), StoreError> {
        if !e.is_done() {
            return Ok(());
        }
        let at = Instant(e.at);
        let mut book = |entries: Vec<kaguan_domain::facts::custody::CustodyEntry>| {
            for c in entries {
                *replay.books.entry(c.account).or_default() += c.cards;
            }
        };
        match Subject::parse(&e.subject) {
            Some(Subject::Holder(id)) => {
                let Ok(events) = self.holder_events(e) else {
                    report.find(format!("entry {}", e.seq), "事件内容无法读取");
                    return Ok(());
                };
                let file = replay.holders.entry(id).or_insert_with(|| HolderFile::new(id));
                file.version += i64::from(!events.is_empty());
                let found_by = file.traces();
                for event in &events {
                    book(event.entries());
                    file.apply(event, at);
                    replay.directory.note(self, id, event);
                    tally(&mut replay.happened, at, happened_in(event, file).as_slice());
                    if let Some((id, event)) = event.blank() {
                        let blank = replay.stock.blanks.entry(id).or_insert_with(|| BlankFile::new(id));
                        blank.version += 1;
                        blank.apply(&event, at);
                    }
                }
                replay.directory.note_traces(self, &found_by, file);
            }
            Some(Subject::Batch(id)) => {
                let Ok(events) = self.batch_events(e) else {
                    report.find(format!("entry {}", e.seq), "事件内容无法读取");
                    return Ok(());
                };
                let file = replay.batches.entry(id).or_insert_with(|| BatchFile::new(id));
                file.version += 1;
                for event in &events {
                    book(event.entries());
                    file.apply(event, at);
                    tally(&mut replay.happened, at, happened_in_batch(event, file).as_slice());
                }
            }
            Some(Subject::Unit(id)) => {
                let file = replay.units.entry(id).or_insert_with(|| UnitFile::new(id));
                file.version += 1;
                let events = self.unit_events(e);
                for event in &events.or_else(|e| report.damaged(e).map(|()| Vec::new()))? {
                    file.apply(event, at);
                }
            }
            Some(Subject::BlankOrder(id)) => {
                let file = replay.stock.orders.entry(id).or_insert_with(|| BlankOrderFile::new(id));
                file.version += 1;
                let events = self.blank_order_events(e);
                for event in &events.or_else(|e| report.damaged(e).map(|()| Vec::new()))? {
                    book(event.entries());
                    file.apply(event, at);
                }
            }
            Some(Subject::Blank(id)) => {
                let Ok(events) = self.blank_events(e) else {
                    report.find(format!("entry {}", e.seq), "事件内容无法读取");
                    return Ok(());
                };
                let file = replay.stock.blanks.entry(id).or_insert_with(|| BlankFile::new(id));
                file.version += 1;
                for event in &events {
                    book(event.entries());
                    file.apply(event, at);
                    replay.directory.note_blank(self, event);
                }
            }
            Some(Subject::Institution) => match self.institution_events_of(e) {
                Ok(events) => replay.institution.extend(events),
                Err(_) => report.find(format!("entry {}", e.seq), "事件内容无法读取"),
            },
            // What a partner said it has fetched, and who came and went, changes no file.
            Some(Subject::Messages | Subject::Officer(_) | Subject::Strangers) => {}
            Some(Subject::Nobody) | None => report.find(format!("entry {}", e.seq), "不明的日志主体"),
        }
        Ok(())
    }

    async fn compare(&self, replay: Replay, report: &mut CheckReport) -> Result<(), StoreError> {
        report.holders = replay.holders.len();
        report.batches = replay.batches.len();
        let mut there = HashSet::new();
        let mut after = HolderId(i64::MIN);
        loop {
            let ids = self.holders_after(after, PAGE / 4).await?;
            let Some(last) = ids.last() else { break };
            after = *last;
            there.extend(ids.iter().copied());
            let want = |holders| LoadRequest { holders, ..LoadRequest::default() };
            let each = ids.iter().map(|id| want(vec![*id])).collect();
            let loaded = self.load_sound(each, want(ids.clone()), report).await?;
            for id in &ids {
                match (loaded.holders.get(id), replay.holders.get(id)) {
                    (Some(a), Some(b)) if sorted(a) == sorted(b) => {}
                    (_, None) => report.find(format!("holder {id}"), "日志中没有这份档案"),
                    (_, Some(expected)) => {
                        report.find(format!("holder {id}"), "档案与日志重放的结果不同");
                        self.name_rows_of_holder(expected, report).await?;
                    }
                }
            }
        }
        for (id, file) in replay.holders.iter().filter(|(id, f)| f.person.is_some() && !there.contains(*id)) {
            if report.is_full() {
                break;
            }
            report.find(format!("holder {id}"), "档案与日志重放的结果不同");
            self.name_rows_of_holder(file, report).await?;
        }
        let ids: Vec<BatchId> = replay.batches.keys().copied().collect();
        for chunk in ids.chunks(PAGE as usize) {
            let want = |batches| LoadRequest { batches, ..LoadRequest::default() };
            let each = chunk.iter().map(|id| want(vec![*id])).collect();
            let loaded = self.load_sound(each, want(chunk.to_vec()), report).await?;
            for id in chunk {
                let mut expected = replay.batches[id].clone();
                expected.tally = Tally::default();
                expected.boxes.sort_by_key(|b| b.id);
                let stored = loaded.batches.get(id);
                for b in &mut expected.boxes {
                    let row = stored.and_then(|s| s.box_file(b.id)).and_then(|b| b.on_the_way.as_ref());
                    b.on_the_way = as_stored(b.on_the_way.take(), row);
                }
                if stored != Some(&expected) {
                    report.find(format!("batch {id}"), "批次与日志重放的结果不同");
                    self.name_rows_of_batch(&expected, report).await?;
                }
            }
        }
        self.compare_archives(&replay.holders, report).await?;
        let units: Vec<UnitId> = replay.units.keys().copied().collect();
        let want = |units| LoadRequest { units, ..LoadRequest::default() };
        let each = units.iter().map(|id| want(vec![*id])).collect();
        let loaded = self.load_sound(each, want(units.clone()), report).await?;
        for id in units {
            if loaded.units.get(&id) != replay.units.get(&id) {
                report.find(format!("unit {id}"), "批量申请与日志重放的结果不同");
            }
        }
        self.compare_stock(&replay.stock, report).await?;
        let balances = self.custody_balances().await?;
        report.balance = balances.iter().map(|(_, n)| n).sum();
        if report.balance != 0 {
            report.find("custody".into(), "成品卡保管账不平");
        }
        let booked: BTreeMap<String, i64> = balances.into_iter().filter(|(_, n)| *n != 0).collect();
        let replayed: BTreeMap<String, i64> = replay.books.into_iter().filter(|(_, n)| *n != 0).collect();
        if booked != replayed {
            report.find("custody".into(), "成品卡保管账与日志重放的结果不同");
        }
        let counted: Vec<HappenedRow> = replay.happened.into_iter().map(HappenedRow::of).collect();
        let months = self.ask(&sql::HAPPENED_MONTH_ALL, Vec::new()).await?;
        let same = sorted_rows(months) == sorted_rows(HappenedInMonth::of(&counted));
        if !same || sorted_rows(self.ask(&sql::HAPPENED_ALL, Vec::new()).await?) != sorted_rows(counted) {
            report.find("happened".into(), "业务统计与日志重放的结果不同");
        }
        Ok(())
    }
}

/// What is on the way, as a row that may be of earlier days says it.
fn as_stored(replayed: Option<OnTheWay>, stored: Option<&OnTheWay>) -> Option<OnTheWay> {
    match (replayed, stored) {
        (Some(on), Some(stored)) => Some(on.as_stored(stored)),
        (on, _) => on,
    }
}

impl Store {
    /// Compares who keeps what until when, and looks whether a document that was destroyed is really gone.
    async fn compare_archives(
        &self,
        replayed: &HashMap<HolderId, HolderFile>,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let mut expected: BTreeMap<i64, ArchiveRow> =
            replayed.values().flat_map(ArchiveRow::of).map(|row| (row.material_id.0, row)).collect();
        let mut after = i64::MIN;
        loop {
            let page = match self.ask(&sql::ARCHIVE_AFTER, vec![after.into(), PAGE.into()]).await {
                Ok(page) => page,
                Err(e) => {
                    report.damaged(e)?;
                    break;
                }
            };
            let Some(last) = page.last() else { break };
            after = last.material_id.0;
            for row in page {
                if expected.remove(&row.material_id.0).as_ref() != Some(&row) {
                    report.find(format!("material {}", row.material_id), "档案保存期限与日志重放的结果不同");
                }
            }
        }
        for id in expected.keys() {
            report.find(format!("material {id}"), "档案材料没有保存期限记录");
        }
        let destroyed: Vec<i64> = replayed.values().flat_map(|f| papers::destroyed(f, None)).collect();
        for chunk in destroyed.chunks(PAGE as usize) {
            let left = self.ask(&sql::MATERIAL_HAS, vec![chunk.to_vec().into()]).await;
            for left in left.or_else(|e| report.damaged(e).map(|()| Vec::new()))? {
                report.find(format!("material {}", left.material_id), "已登记销毁的电子材料仍在");
            }
        }
        Ok(())
    }

    /// Compares the pre-made cards and their orders.
    async fn compare_stock(&self, replayed: &Stock, report: &mut CheckReport) -> Result<(), StoreError> {
        for (id, order) in &replayed.orders {
            let want = LoadRequest { blank_orders: vec![*id], ..LoadRequest::default() };
            let loaded = self.load_sound(vec![want.clone()], want, report).await?;
            let (stored, mut expected) = (loaded.stock.orders.get(id), order.clone());
            for b in expected.order.iter_mut().flat_map(|o| &mut o.boxes) {
                let found = stored.and_then(|s| s.order.as_ref()).and_then(|o| o.box_of(&b.number));
                b.on_the_way = as_stored(b.on_the_way.take(), found.and_then(|b| b.on_the_way.as_ref()));
            }
            if stored != Some(&expected) {
                report.find(format!("blank_order {id}"), "预制卡申请与日志重放的结果不同");
            }
            let (mut after, mut stored) = (0, 0);
            loop {
                let page = match self.blanks_after(*id, None, after, PAGE).await {
                    Ok(page) => page,
                    Err(e) => {
                        report.damaged(e)?;
                        break;
                    }
                };
                let Some(last) = page.last() else { break };
                after = last.id.n;
                stored += page.len();
                for blank in page {
                    if replayed.blanks.get(&blank.id) != Some(&blank) {
                        report.find(format!("blank {}", blank.id), "预制卡与日志重放的结果不同");
                    }
                }
            }
            if stored != replayed.blanks.keys().filter(|b| b.order == *id).count() {
                report.find(format!("blank_order {id}"), "预制卡数与日志不同");
            }
        }
        Ok(())
    }
}

fn sorted_rows<T: Columns>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort_by_cached_key(Columns::key);
    rows
}

/// The same file with its lists in the order in which rows are read.
fn sorted(file: &HolderFile) -> HolderFile {
    let mut f = file.clone();
    f.applications.sort_by_key(|a| a.id);
    f.cards.sort_by_key(|c| c.id);
    f
}
