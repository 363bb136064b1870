//! `kaguan check`: verifies the journal from its first line to its head, replays it, and compares every file, batch
//! and balance with what the tables say.

use crate::engine::StoreError;
use crate::journal::{self, Entry};
use crate::load::{LoadRequest, Subject};
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
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BatchId, HolderId, UnitId};
use kaguan_domain::report::{happened_in, happened_in_batch};
use std::collections::{BTreeMap, HashMap};

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
    institution: usize,
    books: BTreeMap<String, i64>,
    happened: BTreeMap<HappenedKey, i64>,
}

impl CheckReport {
    fn find(&mut self, place: String, what: &str) {
        // The first hundred say where to look; a cut-off database would fill the memory.
        if self.findings.len() < 100 {
            self.findings.push(Finding { place, what: what.into() });
        }
    }
}

impl Store {
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
                let head = self.stored_head().await?;
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
        self.compare(replay, &mut report).await?;
        Ok(report)
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
                for event in &events {
                    book(event.entries());
                    file.apply(event, at);
                    tally(&mut replay.happened, at, happened_in(event, file).as_slice());
                    if let Some((id, event)) = event.blank() {
                        let blank = replay.stock.blanks.entry(id).or_insert_with(|| BlankFile::new(id));
                        blank.version += 1;
                        blank.apply(&event, at);
                    }
                }
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
                for event in &self.unit_events(e)? {
                    file.apply(event, at);
                }
            }
            Some(Subject::BlankOrder(id)) => {
                let file = replay.stock.orders.entry(id).or_insert_with(|| BlankOrderFile::new(id));
                file.version += 1;
                for event in &self.blank_order_events(e)? {
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
                }
            }
            Some(Subject::Institution) => replay.institution += 1,
            // What a partner said it has fetched, and who came and went, changes no file.
            Some(Subject::Messages | Subject::Officer(_) | Subject::Strangers) => {}
            Some(Subject::Nobody) | None => report.find(format!("entry {}", e.seq), "不明的日志主体"),
        }
        Ok(())
    }

    async fn compare(&self, replay: Replay, report: &mut CheckReport) -> Result<(), StoreError> {
        report.holders = replay.holders.len();
        report.batches = replay.batches.len();
        let mut stored = 0;
        let mut people = self.people();
        while let Some(page) = people.next().await? {
            stored += page.ids().len();
            for id in page.ids() {
                match (page.loaded.holders.get(id), replay.holders.get(id)) {
                    (Some(a), Some(b)) if sorted(a) == sorted(b) => {}
                    (_, None) => report.find(format!("holder {id}"), "日志中没有这份档案"),
                    _ => report.find(format!("holder {id}"), "档案与日志重放的结果不同"),
                }
            }
        }
        if stored != replay.holders.len() {
            report.find("holder".into(), "档案数与日志不同");
        }
        let ids: Vec<BatchId> = replay.batches.keys().copied().collect();
        for chunk in ids.chunks(PAGE as usize) {
            let loaded = self.load(&LoadRequest { batches: chunk.to_vec(), ..Default::default() }).await?;
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
                }
            }
        }
        self.compare_archives(&replay.holders, report).await?;
        let units: Vec<UnitId> = replay.units.keys().copied().collect();
        let loaded = self.load(&LoadRequest { units: units.clone(), ..Default::default() }).await?;
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
            let page = self.ask(&sql::ARCHIVE_AFTER, vec![after.into(), PAGE.into()]).await?;
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
            for left in self.ask(&sql::MATERIAL_HAS, vec![chunk.to_vec().into()]).await? {
                report.find(format!("material {}", left.material_id), "已登记销毁的电子材料仍在");
            }
        }
        Ok(())
    }

    /// Compares the pre-made cards and their orders.
    async fn compare_stock(&self, replayed: &Stock, report: &mut CheckReport) -> Result<(), StoreError> {
        for (id, order) in &replayed.orders {
            let loaded =
                self.load(&LoadRequest { blank_orders: vec![*id], ..LoadRequest::default() }).await?;
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
                let page = self.blanks_after(*id, None, after, PAGE).await?;
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
