internal import Yams

/// `hosts.yaml`: the providers' servers and their limits.
struct HostsFile {
  /// As the file says it, by id.
  let hosts: [String: Host]
  let complaints: [FeedComplaint]

  init(_ bytes: [UInt8], file: String) {
    let nodes = NodeReader(file: file)
    var hosts: [String: Host] = [:]
    if let root = FeedDocument.root(bytes, reader: nodes), let entries = nodes.mapping(root, "hosts.yaml") {
      for entry in entries.pairs {
        guard isIdentifier(entry.name) else {
          nodes.complain(
            at: entry.key, "\"\(entry.name)\" is no host's id",
            cure: "write small letters, digits and hyphens, such as elexon-portal")
          continue
        }
        if let host = Self.host(entry.name, entry.value, nodes) { hosts[entry.name] = host }
      }
    }
    self.hosts = hosts
    complaints = nodes.complaints
  }

  private static func host(_ id: String, _ node: Node, _ nodes: NodeReader) -> Host? {
    guard let entries = nodes.mapping(node, "host \(id)", keys: ["url", "rate", "at once", "strict"]) else {
      return nil
    }
    let url = nodes.required("url", in: entries, form: "https://…").flatMap { node -> String? in
      guard let text = nodes.text(node, "url", form: "https://…") else { return nil }
      switch BaseURL.check(text) {
      case .success(let url): return url
      case .failure(let refusal):
        nodes.complain(at: node, refusal.problem, cure: refusal.cure)
        return nil
      }
    }
    let rate = nodes.required("rate", in: entries, form: "60 a minute, or unlimited").flatMap { node -> Host.Rate? in
      guard let text = nodes.text(node, "rate", form: "60 a minute, or unlimited") else { return nil }
      if text == "unlimited" { return .unlimited }
      let ending = " a minute"
      if text.hasSuffix(ending), let rate = Host.Rate(calls: String(text.dropLast(ending.count))) { return rate }
      nodes.complain(
        at: node, "rate is \"\(text)\"", cure: "write a number above 0 and the words, 60 a minute, or unlimited")
      return nil
    }
    let atOnce =
      entries["at once"].map { node -> Int? in
        guard let text = nodes.text(node, "at once", form: "1 to 100") else { return nil }
        if let count = Int(text), (1...100).contains(count) { return count }
        nodes.complain(at: node, "at once is \"\(text)\"", cure: "write how many calls may be in flight, 1 to 100")
        return nil
      } ?? 1
    let isStrict = entries["strict"].map { nodes.flag($0, "strict") } ?? false
    if rate == .unlimited, isStrict == true {
      nodes.complain(at: entries["strict"], "strict says nothing with rate: unlimited", cure: "remove it")
    }
    guard let url, let rate, let atOnce, let isStrict else { return nil }
    return Host(id: id, baseURL: url, rate: rate, atOnce: atOnce, isStrict: isStrict)
  }
}

extension Host.Rate {
  /// Calls a minute, `300` or `0.5`; nil for what is no number above 0.
  init?(calls text: String) {
    guard text.utf8.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) }), let calls = Double(text), calls > 0,
      calls <= 1_000_000
    else { return nil }
    self = .perMinute(calls)
  }
}

extension Host {
  /// This host with what the environment says instead: `FLUX_HOST_<ID>_URL` and `FLUX_HOST_<ID>_RATE`.
  func overridden(by environment: [String: String]) -> (host: Host, complaints: [FeedComplaint]) {
    var complaints: [FeedComplaint] = []
    var url = baseURL
    var rate = rate
    if let text = environment["\(settingPrefix)_URL"], !text.isEmpty {
      switch BaseURL.check(text) {
      case .success(let checked): url = checked
      case .failure(let refusal):
        complaints.append(FeedComplaint(.setting("\(settingPrefix)_URL"), refusal.problem, cure: refusal.cure))
      }
    }
    if let text = environment["\(settingPrefix)_RATE"], !text.isEmpty {
      if text == "unlimited" {
        rate = .unlimited
      } else if let checked = Rate(calls: text) {
        rate = checked
      } else {
        complaints.append(
          FeedComplaint(
            .setting("\(settingPrefix)_RATE"), "\"\(text)\" is no rate",
            cure: "write calls a minute, such as 60, or unlimited"))
      }
    }
    return (Host(id: id, baseURL: url, rate: rate, atOnce: atOnce, isStrict: isStrict), complaints)
  }
}
