import Feeds
import Testing

@Suite struct `The configuration file` {
  private let names = ["state-dir", "modo-token", "modo-token-file", "log-level"]

  private func lines(_ text: String) throws -> [String] {
    try SettingsFile(Array(text.utf8), file: "config.yaml", names: names).lines.map {
      "\($0.line) \($0.name)=\($0.value)"
    }
  }

  @Test func `A setting a line, as it is written, those of any host included`() throws {
    let text = """
      # where
      state-dir: /srv/flux
      log-level: NO
      host-elexon-portal-rate: 1.50
      host-my-own-url: "https://own.example/a"

      """
    #expect(
      try lines(text) == [
        "2 state-dir=/srv/flux", "3 log-level=NO", "4 host-elexon-portal-rate=1.50",
        "5 host-my-own-url=https://own.example/a",
      ])
  }

  @Test(arguments: ["", "\n\n", "# nothing\n  # yet\r\n"])
  func `A file of comments sets nothing`(text: String) throws {
    #expect(try lines(text) == [])
  }

  @Test(arguments: [
    ("a: 1", #"config.yaml:1:1: there is no setting "a"; `flux-market config` lists the settings that there are"#),
    ("# x\nstate_dir: /srv", #"config.yaml:2:1: there is no setting "state_dir"; write state-dir"#),
    ("log-level: info\nstate-dri: /srv", #"config.yaml:2:1: there is no setting "state-dri"; write state-dir"#),
    ("state-dir: [a, b]", "config.yaml:1:12: state-dir is no plain value; write state-dir: and one value"),
    ("state-dir: a\nstate-dir: b", #"key "state-dir" is written twice"#),
    ("host--url: a", #"there is no setting "host--url""#), ("host-url: a", #"there is no setting "host-url""#),
    ("host-elexon-urls: a", #"there is no setting "host-elexon-urls""#), ("- a", "not a mapping"),
    ("state-dir: 'a", "config.yaml:"),
  ])
  func `What is no setting is refused with its line and a cure`(text: String, words: String) {
    let refused = #expect(throws: FeedsRefused.self) { try lines(text) }
    #expect(refused?.description.contains(words) == true, "\(refused?.description ?? "")")
  }

  @Test func `Everything that is wrong is said at once`() {
    let refused = #expect(throws: FeedsRefused.self) { try lines("a: 1\nlog-level: {}\nb: 2") }
    #expect(refused?.complaints.count == 3)
  }
}
