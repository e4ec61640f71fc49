//! Tests of the names that worlds have for platforms: a guest sees those of its own machine alone.

use super::convert::To;
use crate::base::types;

/// The platforms of worlds that have types of their own for them.
macro_rules! worlds_of_their_own {
    ($($platform:path),*) => {
        #[test]
        fn every_platform_keeps_its_name() {
            use types::{Architecture as A, OperatingSystem as S};
            $({
                use $platform as world;
                let systems = [S::Mac, S::Linux, S::Windows].map(|system| {
                    let system: world::Os = system.to();
                    format!("{system:?}")
                });
                assert_eq!(systems, ["Os::Mac", "Os::Linux", "Os::Windows"]);
                let architectures = [A::Aarch64, A::X86, A::X8664].map(|architecture| {
                    let architecture: world::Architecture = architecture.to();
                    format!("{architecture:?}")
                });
                assert_eq!(
                    architectures,
                    ["Architecture::Aarch64", "Architecture::X86", "Architecture::X8664"]
                );
            })*
        }
    };
}

worlds_of_their_own! {
    super::since_v0_0_1, super::since_v0_0_4, super::since_v0_0_6::zed::extension::platform
}
