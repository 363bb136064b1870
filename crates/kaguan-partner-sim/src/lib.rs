//! Small working partner systems: registers, bank, vendor, SMS, e-card platform.
