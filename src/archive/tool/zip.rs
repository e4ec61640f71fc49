pub(super) fn unpack(
    _: impl std::io::Read + std::io::Seek,
    _: &mut super::staging::Staging<'_>,
    _: &super::ToolLimits,
) -> Result<u64, super::ToolArchiveError> {
    todo!()
}
