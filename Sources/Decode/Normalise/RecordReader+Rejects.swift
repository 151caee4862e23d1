import Market

extension RecordReader {
  mutating func reject(
    _ token: Token, field: String, time: Instant?, index: Int, of bytes: Span<UInt8>, _ reason: String
  ) {
    if token.kind == .absent { noteLack(of: field, bytes) }
    guard batch.rejects.count < Self.mostRejects else { return }
    refuse(
      place: place.text(index), time: time, field: field, value: excerpt(of: bytes, token), reason: reason,
      sample: keptText(of: bytes, record, limit: Reject.recordBytes))
  }

  mutating func refuse(
    place: String, time: Instant?, field: String, value: String, reason: String, sample: String? = nil
  ) {
    guard batch.rejects.count < Self.mostRejects else { return }
    batch.rejects.append(
      Reject(
        feed: batch.feed, place: place, time: time.map { SettlementPeriod(containing: $0, in: london).description },
        field: field, value: value, reason: reason, sample: sample))
  }

  // MARK: - Fields that are gone

  @inline(never)
  mutating func noteLack(of field: String, _ bytes: Span<UInt8>) {
    let known = lacking[field]
    // Two values may be read from one field, and the record lacks it once.
    guard known?.last != record.lowerBound else { return }
    let first = known?.sample ?? keptText(of: bytes, record, limit: Reject.recordBytes)
    lacking[field] = ((known?.records ?? 0) + 1, first, record.lowerBound)
  }

  /// A field that each of several records lacks is one reject that says so, and not one for each of them.
  mutating func raiseAlarms() {
    for (field, lack) in lacking.sorted(by: { $0.key < $1.key })
    where lack.records > 1 && lack.records == asked(field) {
      batch.rejects.removeAll { $0.field == field }
      batch.rejects.append(
        Reject(
          feed: batch.feed, place: "all records", time: nil, field: field, value: "",
          reason: Reject.fieldGone + ": has the provider changed its form?", sample: lack.sample))
    }
  }

  /// In how many records the field was looked for.
  private func asked(_ field: String) -> Int {
    if plan.filters.contains(where: { plan.fields[$0.slot] == field }) { return batch.counts.records }
    let slots = plan.time.slots
    if plan.fields[slots.first] == field || plan.fields[slots.second] == field {
      return batch.counts.records - batch.counts.filtered
    }
    return inside
  }
}
