//! Every business of the regulation by the people who do it, a sentence a step. Each journey ends with what `kaguan check` checks; those of
//! one group share an office, as they do in life.

use super::office::Office;

#[path = "journeys/at_desk.rs"]
mod at_desk;
#[path = "journeys/counter.rs"]
mod counter;
#[path = "journeys/holding.rs"]
mod holding;
#[path = "journeys/issuing.rs"]
mod issuing;
#[path = "journeys/keeping.rs"]
mod keeping;
#[path = "journeys/kiosk.rs"]
mod kiosk;
#[path = "journeys/premade.rs"]
mod premade;

/// A test that does journeys one after another in one office, and checks after each.
macro_rules! office {
    ($name:ident $(with $how:ident)?: $($journey:path),+ $(,)?) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let office = Office::new().await;
            $(office.$how().await;)?
            $(
                println!("{}", stringify!($journey));
                $journey(&office).await;
                office.checks().await;
            )+
            office.closes().await;
        }
    };
}

office!(the_rights_and_the_tables_are_kept_by_those_who_answer_for_them:
    keeping::a_city_reports_its_own_rule_and_the_province_files_it,
    keeping::a_holiday_is_looked_at_before_it_is_taken,
    keeping::a_banks_outlet_gets_its_code,
    keeping::a_street_office_is_opened_and_its_name_corrected,
    keeping::li_si_is_added_by_one_administrator_and_let_in_by_another,
    keeping::a_bank_is_registered_by_one_administrator_and_approved_by_another,
    keeping::a_city_entrusts_a_banks_outlet_with_confirming_batches,
    keeping::a_code_is_looked_up,
    keeping::a_clerk_chooses_a_new_password,
    keeping::an_auditor_finds_a_line_of_the_journal_and_sees_its_proof,
    keeping::a_city_reads_its_clocks_and_takes_the_table_away,
);

office!(cards_are_ordered_made_and_brought_to_their_counter:
    issuing::what_no_register_knows_is_confirmed_by_hand,
    issuing::a_city_screens_and_confirms_a_batch,
    issuing::a_failed_opening_is_corrected_and_sent_again,
    issuing::a_box_goes_from_the_province_to_the_counter,
    issuing::a_card_is_posted_and_comes_back,
    issuing::a_lost_card_is_made_again,
    issuing::a_counter_prints_its_register,
    issuing::a_card_that_nobody_collects_is_cancelled,
);

office!(people_are_served_at_the_counter:
    counter::zhang_san_applies_and_gets_his_receipt,
    counter::a_fee_is_paid,
    counter::a_card_is_exchanged_for_a_new_name,
    counter::a_death_is_stated_and_taken_back,
    counter::two_files_of_one_person_are_joined_by_two_officers,
    counter::a_bank_that_refused_is_asked_again,
    counter::what_waits_is_listed,
);

office!(cards_are_collected_lost_changed_restricted_and_given_back:
    holding::zhang_san_collects_his_card_and_activates_it_at_the_bank,
    holding::two_clerks_activate_an_account_at_the_sickbed,
    holding::a_lost_card_is_reported_found_and_lost_for_good,
    holding::a_forgotten_password_is_reset,
    holding::li_si_moves_to_another_bank,
    holding::a_restriction_is_proposed_by_one_officer_and_decided_by_another,
    holding::a_phone_number_is_corrected,
    holding::an_application_is_expedited,
    holding::a_card_is_given_back_by_whoever_moves_away,
);

office!(what_is_wrong_is_mended_on_its_way:
    issuing::a_wrong_person_is_taken_out_of_a_batch_and_corrected,
    issuing::a_bank_that_does_not_answer_loses_its_batch,
    holding::every_card_of_zhang_san_is_cleaned_on_his_signature,
    holding::a_card_that_waited_too_long_is_taken_back_offered_again_and_collected,
);

office!(pre_made_cards_are_kept_and_used:
    premade::pre_made_cards_are_ordered_made_counted_and_one_is_given_to_zhang_san,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_are_made_beside_the_clerk_and_the_browser_speaks_to_the_system_alone() {
    let o = Office::watched().await;
    let d = at_desk::Beside::the_clerk_of(&o).await;
    at_desk::an_administrator_pairs_a_desk_and_the_clerk_takes_it(&o, &d).await;
    let zhang = at_desk::a_rare_name_is_found_by_its_parts_and_stands_on_the_face(&o, &d).await;
    at_desk::a_character_without_a_glyph_stops_before_a_card_is_taken(&o, &d).await;
    at_desk::the_card_is_collected_enabled_and_activated(&o, &d).await;
    at_desk::both_sides_of_a_paper_are_scanned_into_the_case(&o, &d, zhang).await;
    at_desk::a_pin_is_changed_locked_by_six_errors_unlocked_and_reset(&o, &d, zhang).await;
    at_desk::a_lost_card_is_reissued_on_the_spot(&o, &d, zhang).await;
    o.checks().await;
    o.asked_of_the_system_alone().await;
    o.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_is_served_by_a_machine_alone() {
    let o = Office::watched().await;
    let d = at_desk::Beside::the_clerk_of(&o).await;
    kiosk::an_administrator_sets_it_and_a_clerk_opens_it(&o, &d).await;
    let zhang = kiosk::zhang_san_gets_his_first_card_and_sees_where_it_is(&o, &d).await;
    kiosk::he_changes_his_pin(&o, &d, zhang).await;
    kiosk::he_loses_the_card_and_leaves_with_another(&o, &d, zhang).await;
    kiosk::nothing_of_him_stays_and_the_machine_is_stopped(&o).await;
    o.checks().await;
    o.asked_of_the_system_alone().await;
    o.closes().await;
}

office!(five_businesses_are_done_without_scripts with without_scripts:
    counter::zhang_san_applies_and_gets_his_receipt,
    counter::a_fee_is_paid,
    counter::a_card_is_exchanged_for_a_new_name,
    keeping::a_holiday_is_looked_at_before_it_is_taken,
    keeping::li_si_is_added_by_one_administrator_and_let_in_by_another,
);
