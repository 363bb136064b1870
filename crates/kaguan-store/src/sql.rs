//! Every statement, one text for both engines. A test prepares each on both.

use crate::engine::Sql;

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub static $name: Sql = Sql { name: stringify!($name), text: $text };)*
        /// All of them.
        pub static ALL: &[&Sql] = &[$(&$name),*];
    };
}

statements! {
    /// The values of meta.
    META_GET = "SELECT value FROM meta WHERE name = $1";
    /// Writes one.
    META_PUT = "INSERT INTO meta (name, value) {rows:tt} ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    /// The writer's row.
    WRITER_GET = "SELECT epoch, block_seq, entry_seq, block_hash FROM writer WHERE id = 1";
    /// First writer.
    WRITER_INIT = "INSERT INTO writer (id, epoch, block_seq, entry_seq, block_hash) {rows:iiiib} ON CONFLICT (id) DO NOTHING";
    /// A new process takes over: whoever wrote before is fenced.
    WRITER_TAKE = "UPDATE writer SET epoch = epoch + 1 WHERE id = 1 AND epoch = $1";
    /// Fence and chain guard in one: only the writer of this epoch, at this head, may go on.
    WRITER_ADVANCE = "UPDATE writer SET block_seq = $1, entry_seq = $2, block_hash = $3 WHERE id = 1 AND epoch = $4 AND block_seq = $5";

    /// Journal lines.
    ENTRY_PUT = "INSERT INTO journal_entry (seq, at, actor, channel, subject, command, outcome, clause, personal, events) {rows:iittttttib}";
    /// Journal lines from one on.
    ENTRY_FROM = "SELECT seq, at, actor, channel, subject, command, outcome, clause, personal, events FROM journal_entry WHERE seq >= $1 ORDER BY seq LIMIT $2";
    /// The latest journal lines of a subject.
    ENTRY_OF_SUBJECT = "SELECT seq, at, actor, channel, subject, command, outcome, clause, personal, events FROM journal_entry WHERE subject = $1 ORDER BY seq DESC LIMIT $2";
    /// Journal lines of one verb that was done, from one on.
    ENTRY_OF_COMMAND = "SELECT seq, at, actor, channel, subject, command, outcome, clause, personal, events FROM journal_entry WHERE command = $1 AND outcome = 'done' AND seq >= $2 ORDER BY seq LIMIT $3";
    /// One block.
    BLOCK_PUT = "INSERT INTO journal_block (seq, first_entry, entries, root, previous, at, epoch, hash, signature) {rows:iiibbiibb}";
    /// Blocks from one on.
    BLOCK_FROM = "SELECT seq, first_entry, entries, root, previous, at, epoch, hash, signature FROM journal_block WHERE seq >= $1 ORDER BY seq LIMIT $2";
    /// The block of an entry.
    BLOCK_OF_ENTRY = "SELECT seq, first_entry, entries, root, previous, at, epoch, hash, signature FROM journal_block WHERE first_entry <= $1 ORDER BY first_entry DESC LIMIT 1";

    /// Request keys.
    KEY_PUT = "INSERT INTO request_key (key_digest, body_digest, entry) {rows:bbi}";
    /// Known request keys.
    KEY_GET = "SELECT key_digest, body_digest, entry FROM request_key WHERE key_digest {in:1}";
    /// Numbers that belong to somebody from now on: fresh ones, and those of pre-made cards in stock, which nobody has yet.
    CLAIM_PUT = "INSERT INTO claim (digest, kind, holder_id) {rows:bti} ON CONFLICT (digest) DO UPDATE SET holder_id = excluded.holder_id WHERE claim.holder_id = 0";
    /// Whose numbers.
    CLAIM_GET = "SELECT digest, holder_id FROM claim WHERE digest {in:1}";

    /// People.
    HOLDER_PUT = "INSERT INTO holder (holder_id, version, person, next_duty) {rows:iibi} ON CONFLICT (holder_id) DO UPDATE SET version = excluded.version, person = excluded.person, next_duty = excluded.next_duty WHERE holder.version < excluded.version";
    /// People of whom nothing changed but what hangs on them: the sealed person stays as it is.
    HOLDER_TOUCH = "WITH v (holder_id, version, next_duty) AS ({rows:iii}) UPDATE holder SET version = v.version, next_duty = v.next_duty FROM v WHERE holder.holder_id = v.holder_id AND holder.version < v.version";
    /// People by identity.
    HOLDER_GET = "SELECT holder_id, version, person FROM holder WHERE holder_id {in:1}";
    /// People whose day has come.
    HOLDER_DUE = "SELECT holder_id FROM holder WHERE next_duty <= $1 ORDER BY next_duty, holder_id LIMIT $2";
    /// Batches whose day has come.
    BATCH_DUE = "SELECT batch_id FROM batch WHERE next_duty <= $1 ORDER BY next_duty, batch_id LIMIT $2";
    /// Unit applications whose day has come.
    UNIT_DUE = "SELECT unit_id FROM unit_application WHERE next_duty <= $1 ORDER BY next_duty, unit_id LIMIT $2";
    /// People from one on.
    HOLDER_FROM = "SELECT holder_id FROM holder WHERE holder_id > $1 ORDER BY holder_id LIMIT $2";
    /// Applications.
    APPLICATION_PUT = "INSERT INTO application (holder_id, application_id, stage, batch_id, unit_id, city, bank, outlet, collect_at, urgent, settled, received_on, body) {rows:iitiittiiiitb} ON CONFLICT (holder_id, application_id) DO UPDATE SET stage = excluded.stage, batch_id = excluded.batch_id, urgent = excluded.urgent, settled = excluded.settled, body = excluded.body";
    /// Applications of people.
    APPLICATION_GET = "SELECT holder_id, application_id, body FROM application WHERE holder_id {in:1} ORDER BY holder_id, application_id";
    /// Cards.
    CARD_PUT = "INSERT INTO card (holder_id, card_id, application_id, batch_id, box_id, custody, social, account, in_force, holds, card_no, valid_until, bank, place, mirror, body) {rows:iiiiitttittttiib} ON CONFLICT (holder_id, card_id) DO UPDATE SET bank = excluded.bank, place = excluded.place, mirror = excluded.mirror, box_id = excluded.box_id, custody = excluded.custody, social = excluded.social, account = excluded.account, in_force = excluded.in_force, holds = excluded.holds, body = excluded.body";
    /// The states of the cards of whoever has a number; no card, no row.
    CARD_STATES = "SELECT c.digest, k.card_id, k.social, k.account, k.in_force, k.holds, k.valid_until FROM claim c JOIN card k ON k.holder_id = c.holder_id WHERE c.digest {in:1} ORDER BY k.card_id";
    /// Sums over places of a bank's cards, by the next four bits: how many, and two sums that follow place and state.
    MIRROR_SUMS = "SELECT place / $4, count(*), CAST(sum((place & 1073741823) * (mirror + 1)) AS BIGINT), CAST(sum(((place >> 30) & 1073741823) * (mirror + 1)) AS BIGINT) FROM card WHERE bank = $1 AND place >= $2 AND place < $3 GROUP BY place / $4 ORDER BY 1";
    /// A bank's cards in a range of places.
    MIRROR_ROWS = "SELECT place, mirror, holder_id, card_id FROM card WHERE bank = $1 AND place >= $2 AND place < $3 ORDER BY place, card_id";
    /// Cards that were used and are not in force, from one on.
    CARD_HELD = "SELECT holder_id, card_id, card_no FROM card WHERE in_force = 0 AND social <> 'not_enabled' AND valid_until >= $1 AND (holder_id, card_id) > ($2, $3) ORDER BY holder_id, card_id LIMIT $4";
    /// Cards that an earlier schema left without a place.
    CARD_UNPLACED = "SELECT DISTINCT holder_id FROM card WHERE bank = '' ORDER BY holder_id LIMIT $1";
    /// Cards of people.
    CARD_GET = "SELECT holder_id, card_id, body FROM card WHERE holder_id {in:1} ORDER BY holder_id, card_id";

    /// Batches.
    BATCH_PUT = "INSERT INTO batch (batch_id, version, number, city, bank, state, urgent, vendor, body, next_duty) {rows:iittttitti} ON CONFLICT (batch_id) DO UPDATE SET next_duty = excluded.next_duty, version = excluded.version, state = excluded.state, vendor = excluded.vendor, body = excluded.body WHERE batch.version = excluded.version - 1";
    /// Batches by identity.
    BATCH_GET = "SELECT batch_id, version, body FROM batch WHERE batch_id {in:1}";
    /// Batches that people's applications and cards are in.
    BATCH_OF_HOLDERS = "SELECT batch_id, version, body FROM batch WHERE batch_id IN (SELECT batch_id FROM application WHERE holder_id {in:1} AND batch_id IS NOT NULL UNION SELECT batch_id FROM card WHERE holder_id {in:1})";
    /// Batches of a city in a state; empty texts mean any.
    BATCH_LIST = "SELECT batch_id, number, city, bank, state, urgent, body FROM batch WHERE ($1 = '' OR city = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR bank = $3) AND ($4 = '' OR vendor = $4) ORDER BY batch_id DESC LIMIT $5";
    /// Boxes.
    BOX_PUT = "INSERT INTO box (batch_id, box_id, number, outlet, keeper, to_org, cards, body) {rows:iititiit} ON CONFLICT (batch_id, box_id) DO UPDATE SET keeper = excluded.keeper, to_org = excluded.to_org, cards = excluded.cards, body = excluded.body";
    /// Boxes of batches.
    BOX_GET = "SELECT batch_id, box_id, body FROM box WHERE batch_id {in:1} ORDER BY batch_id, box_id";
    /// Boxes of batches that people's cards are in.
    BOX_OF_HOLDERS = "SELECT batch_id, box_id, body FROM box WHERE batch_id IN (SELECT batch_id FROM application WHERE holder_id {in:1} AND batch_id IS NOT NULL UNION SELECT batch_id FROM card WHERE holder_id {in:1}) ORDER BY batch_id, box_id";
    /// Boxes kept by, or on the way to, an organisation.
    BOX_AT = "SELECT batch_id, box_id, body FROM box WHERE keeper = $1 OR to_org = $2 ORDER BY box_id LIMIT $3";
    /// The rows of a batch, by stage.
    BATCH_TALLY = "SELECT stage, count(*) FROM application WHERE batch_id = $1 GROUP BY stage";
    /// The cards made in a batch.
    BATCH_CARDS = "SELECT count(*) FROM card WHERE batch_id = $1";
    /// The cards that lie in each box of a batch.
    BATCH_INSIDE = "SELECT box_id, count(*) FROM card WHERE batch_id = $1 AND custody = 'in_box' GROUP BY box_id";
    /// The people in a batch, by stage of the application, from one on.
    BATCH_PEOPLE = "SELECT holder_id, application_id FROM application WHERE batch_id = $1 AND stage = $2 AND holder_id > $3 ORDER BY holder_id LIMIT $4";
    /// The people with a card in a box.
    BOX_PEOPLE = "SELECT holder_id, card_id FROM card WHERE box_id = $1 AND holder_id > $2 ORDER BY holder_id LIMIT $3";
    /// Applications that can be screened into a batch.
    APPLICATION_READY = "SELECT holder_id, application_id, received_on FROM application WHERE city = $1 AND bank = $2 AND stage = 'accepted' AND settled = 1 AND urgent = $3 AND holder_id > $4 ORDER BY holder_id LIMIT $5";
    /// Applications that wait for their fee.
    APPLICATION_UNPAID = "SELECT holder_id, application_id FROM application WHERE stage = 'accepted' AND settled = 0 ORDER BY holder_id, application_id LIMIT $1";
    /// What can be screened, by city and bank.
    READY_COUNTS = "SELECT city, bank, urgent, count(*) FROM application WHERE stage = 'accepted' AND settled = 1 AND ($1 = '' OR city = $1) GROUP BY city, bank, urgent ORDER BY city, bank, urgent";

    /// Unit applications.
    UNIT_PUT = "INSERT INTO unit_application (unit_id, version, body, next_duty) {rows:iibi} ON CONFLICT (unit_id) DO UPDATE SET next_duty = excluded.next_duty, version = excluded.version, body = excluded.body WHERE unit_application.version = excluded.version - 1";
    /// Unit applications by identity.
    UNIT_GET = "SELECT unit_id, version, body FROM unit_application WHERE unit_id {in:1}";

    /// Orders of pre-made cards.
    BLANK_ORDER_PUT = "INSERT INTO blank_order (order_id, version, number, city, bank, vendor, step, body) {rows:iitttttt} ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, step = excluded.step, body = excluded.body WHERE blank_order.version = excluded.version - 1";
    /// Orders by identity.
    BLANK_ORDER_GET = "SELECT order_id, version, body FROM blank_order WHERE order_id {in:1}";
    /// Orders at a step, newest first; empty texts mean any.
    BLANK_ORDER_LIST = "SELECT order_id, version, body FROM blank_order WHERE ($1 = '' OR city = $1) AND ($2 = '' OR step = $2) AND ($3 = '' OR bank = $3) AND ($4 = '' OR vendor = $4) ORDER BY order_id DESC LIMIT $5";
    /// Pre-made cards.
    BLANK_PUT = "INSERT INTO blank (order_id, n, version, state, box, body) {rows:iiittb} ON CONFLICT (order_id, n) DO UPDATE SET version = excluded.version, state = excluded.state, box = excluded.box, body = excluded.body WHERE blank.version < excluded.version";
    /// Pre-made cards of some orders, by their places; more may come than were asked for.
    BLANK_GET = "SELECT order_id, n, version, body FROM blank WHERE order_id {in:1} AND n {in:2}";
    /// Pre-made cards of an order in a state, after one; an empty state means any.
    BLANK_FROM = "SELECT order_id, n, version, body FROM blank WHERE order_id = $1 AND ($2 = '' OR state = $2) AND n > $3 ORDER BY n LIMIT $4";
    /// The places that have begun, in a range.
    BLANK_PLACES = "SELECT n FROM blank WHERE order_id = $1 AND n > $2 AND n <= $3 ORDER BY n";
    /// The cards of an order by state.
    BLANK_TALLY = "SELECT state, count(*) FROM blank WHERE order_id = $1 GROUP BY state";
    /// The cards that lie in each box of an order.
    BLANK_INSIDE = "SELECT box, count(*) FROM blank WHERE order_id = $1 AND state IN ('made', 'in_use') GROUP BY box";

    /// Events of the institution room.
    INSTITUTION_PUT = "INSERT INTO institution_event (seq, body) {rows:it}";
    /// All of them.
    INSTITUTION_GET = "SELECT seq, body FROM institution_event ORDER BY seq";

    /// The books.
    CUSTODY_PUT = "INSERT INTO custody_entry (entry, line, account, cards, batch_id, box_id) {rows:iitiii}";
    /// Balances.
    CUSTODY_BALANCES = "SELECT account, CAST(sum(cards) AS BIGINT) FROM custody_entry GROUP BY account ORDER BY account";

    /// Messages to partners.
    OUTBOX_PUT = "INSERT INTO outbox (message_id, partner, kind, subject, body, state, attempts, next_at, made_at) {rows:itttbtiii}";
    /// To whom something is due.
    OUTBOX_PARTNERS = "SELECT DISTINCT partner FROM outbox WHERE state = 'waiting' AND next_at <= $1 ORDER BY partner";
    /// Messages that wait for one partner, oldest first.
    OUTBOX_WAITING = "SELECT message_id, partner, kind, subject, body, attempts, made_at FROM outbox WHERE state = 'waiting' AND partner = $1 AND message_id > $2 ORDER BY message_id LIMIT $3";
    /// Messages that a partner fetched and has now.
    OUTBOX_TAKEN = "UPDATE outbox SET state = 'delivered', body = $3 WHERE partner = $1 AND message_id = $2 AND state = 'waiting'";
    /// Messages of one partner that are due, none of which overtakes one that waits for its next attempt.
    OUTBOX_DUE = "SELECT o.message_id, o.partner, o.kind, o.subject, o.body, o.attempts, o.made_at FROM outbox o WHERE o.state = 'waiting' AND o.partner = $3 AND o.next_at <= $1 AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.state = 'waiting' AND e.subject = o.subject AND e.partner = o.partner AND e.message_id < o.message_id AND e.next_at > $1) ORDER BY o.message_id LIMIT $2";
    /// After an attempt.
    OUTBOX_SET = "UPDATE outbox SET state = $1, attempts = attempts + 1, next_at = $2, body = $3 WHERE message_id = $4 AND state = 'waiting'";
    /// Messages given up, for staff.
    OUTBOX_DEAD = "SELECT message_id, partner, kind, subject, body, attempts, made_at FROM outbox WHERE state = 'dead' ORDER BY message_id LIMIT $1";
    /// One of them.
    OUTBOX_LETTER = "SELECT message_id, partner, kind, subject, body, attempts, made_at FROM outbox WHERE state = 'dead' AND message_id = $1";
    /// Whether a later message went to a partner about a subject.
    OUTBOX_FOLLOWED = "SELECT message_id FROM outbox WHERE subject = $1 AND partner = $2 AND message_id > $3 LIMIT 1";
    /// One is sent again.
    OUTBOX_AGAIN = "UPDATE outbox SET state = 'waiting', attempts = 0, next_at = $1, made_at = $1 WHERE message_id = $2 AND state = 'dead'";
    /// One is settled.
    OUTBOX_SETTLED = "UPDATE outbox SET state = 'settled', body = $1 WHERE message_id = $2 AND state = 'dead'";
    /// Messages by state.
    OUTBOX_COUNTS = "SELECT partner, state, count(*) FROM outbox GROUP BY partner, state ORDER BY partner, state";

    /// Photos.
    PHOTO_PUT = "INSERT INTO photo (digest, body) {rows:tb} ON CONFLICT (digest) DO NOTHING";
    /// Electronic material of the archive.
    MATERIAL_PUT = "INSERT INTO material (material_id, body) {rows:ib}";
    /// One.
    MATERIAL_GET = "SELECT body FROM material WHERE material_id = $1";
    /// Destroys one.
    MATERIAL_DELETE = "DELETE FROM material WHERE material_id = $1";
    /// One photo.
    PHOTO_GET = "SELECT body FROM photo WHERE digest = $1";
    /// Reserves numbers.
    COUNTER_ADD = "INSERT INTO counter (name, value) {rows:ti} ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value";
    /// A counter.
    COUNTER_GET = "SELECT value FROM counter WHERE name = $1";

    /// A value of meta is taken away.
    META_DELETE = "DELETE FROM meta WHERE name = $1";
    /// A writer that ends takes its name away, unless another has taken over.
    WRITER_LEAVE = "DELETE FROM meta WHERE name = $1 AND EXISTS (SELECT 1 FROM writer WHERE id = 1 AND epoch = $2)";
}

/// Ends a migration: its number is the schema's version.
pub(crate) fn schema_is(version: usize) -> String {
    format!(
        "INSERT INTO meta (name, value) VALUES ('schema', '{version}') \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
    )
}

/// Takes every row out of tables, and of meta what is not to be kept.
pub(crate) fn empty(tables: impl Iterator<Item = &'static str>, keep: &[&'static str]) -> String {
    let tables: String = tables.map(|table| format!("DELETE FROM {table};")).collect();
    format!("{tables}DELETE FROM meta WHERE name NOT IN ('{}');", keep.join("', '"))
}
