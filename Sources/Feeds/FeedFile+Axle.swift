internal import Market
internal import Yams

extension FeedReader {
  /// `adapter: axle-schedule` and its `assets`: the one feed that is no table of records.
  mutating func axle(_ entries: NodeReader.Entries, span: RequestSpan?, _ replacing: [AxleAsset]?) -> Reading? {
    guard let node = entries["adapter"], nodes.choice(node, "adapter", [("axle-schedule", true)]) != nil else {
      return nil
    }
    signalPlaces[Signal.axleDispatch.name] = place(of: node)
    let count = nodes.count
    for name in ["records", "time", "values", "mean", "where", "paging", "format"] {
      guard let key = entries.key(name) else { continue }
      nodes.complain(at: key, "\(name) says nothing with adapter: axle-schedule", cure: "remove it")
    }
    if let span, span != .wholeFile {
      nodes.complain(
        at: entries["window"], "window is \(span.words) with adapter: axle-schedule", cure: "write whole file")
    }
    if !signals.contains(.axleDispatch) {
      nodes.complain(at: node, "axle_dispatch is not registered", cure: "deploy the database: flux-market db deploy")
    }
    let assets = entries["assets"].map(assets) ?? []
    guard nodes.count == count, let assets else { return nil }
    return .axleSchedule(assets: replacing ?? assets)
  }

  private func assets(_ node: Node) -> [AxleAsset]? {
    guard let entries = nodes.mapping(node, "assets") else { return nil }
    let assets = entries.pairs.compactMap { entry -> AxleAsset? in
      guard let maximum = nodes.number(entry.value, "battery \(entry.name)") else { return nil }
      guard maximum > 0 else {
        nodes.complain(
          at: entry.value, "battery \(entry.name) has \(nodes.kind(entry.value)) kW",
          cure: "write the most it charges or discharges at, above 0")
        return nil
      }
      return AxleAsset(id: entry.name, maximum: maximum)
    }
    return assets.count == entries.pairs.count ? assets : nil
  }
}

extension AxleAsset {
  package static let setting = "FLUX_AXLE_ASSETS"

  /// Reads `ID=MAX_KW,…`.
  static func list(_ text: String) -> (assets: [AxleAsset], complaint: FeedComplaint?) {
    var assets: [AxleAsset] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let trimmed = part.trimmingSpaces
      let sides = trimmed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmingSpaces)
      guard sides.count == 2, !sides[0].isEmpty, let maximum = Double(String(sides[1])), maximum.isFinite, maximum > 0
      else {
        return (
          [],
          FeedComplaint(
            .setting(setting), "\"\(trimmed)\" is no battery", cure: "write ID=MAX_KW,… such as b1=5,b2=3.6")
        )
      }
      guard !assets.contains(where: { $0.id == sides[0] }) else {
        return ([], FeedComplaint(.setting(setting), "battery \(sides[0]) is there twice", cure: "keep one"))
      }
      assets.append(AxleAsset(id: String(sides[0]), maximum: maximum))
    }
    return (assets, nil)
  }
}

extension StringProtocol {
  var trimmingSpaces: SubSequence {
    let start = drop { $0 == " " }
    return start.lastIndex { $0 != " " }.map { start[...$0] } ?? self[endIndex...]
  }
}
