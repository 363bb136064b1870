//! One officer of each role, at an office of Guangzhou or of the province: whoever asks what every role may do asks these.

use kaguan_domain::facts::institution::Role;

/// The role, and the code of the office.
pub const ONE_OF_EACH: [(Role, &str); 8] = [
    (Role::HrClerk, "44010600000101"),
    (Role::BankClerk, "44010395588001"),
    (Role::CountyClerk, "44010600000001"),
    (Role::CityOfficer, "44010000000001"),
    (Role::ProvinceOfficer, "44000000000001"),
    (Role::SystemAdministrator, "44000000000001"),
    (Role::SecurityAdministrator, "44000000000001"),
    (Role::AuditAdministrator, "44000000000001"),
];
