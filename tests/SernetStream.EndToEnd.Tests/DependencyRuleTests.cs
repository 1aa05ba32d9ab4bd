using System.Xml.Linq;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>References between projects point one way. Each line lists everything that its project may reference.</summary>
public class DependencyRuleTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Abstractions"] = [],
        ["Native"] = [],
        ["Dsp"] = ["Abstractions"],
        ["Audio"] = ["Abstractions", "Native", "Dsp"],
        ["Models"] = ["Abstractions", "Native", "Dsp"],
        ["Speech"] = ["Abstractions", "Native", "Dsp", "Models"],
        ["Pipeline"] = ["Abstractions", "Native", "Dsp", "Audio", "Models", "Speech"],
        ["Publishing"] = ["Abstractions", "Native"],
        ["Diary"] = ["Abstractions", "Native", "Publishing"],
        ["Mqtt"] = ["Abstractions", "Publishing", "Native"],
        ["PluginProtocol"] = ["Abstractions"],
        ["PluginHost"] = ["Abstractions", "PluginProtocol"],
        ["PluginSupervisor"] = ["Abstractions", "Native", "Dsp", "Audio", "Models", "Speech", "Pipeline", "Publishing", "PluginProtocol"],
        ["Configuration"] = ["Abstractions", "Native", "Dsp", "Audio", "Models", "Speech", "Pipeline", "Publishing", "Mqtt"],
        ["Web"] = ["Abstractions", "Native", "Dsp", "Audio", "Models", "Speech", "Pipeline", "Publishing", "Mqtt", "PluginProtocol", "PluginSupervisor", "Configuration", "Diary", "Diagnosis", "Setup"],
        ["Evaluation"] = ["Abstractions", "Native", "Dsp", "Audio", "Models", "Speech", "Pipeline"],
        ["Diagnosis"] = ["Abstractions", "Dsp", "Audio", "Models", "Speech", "Pipeline", "Publishing", "Mqtt", "Configuration"],
        ["Setup"] = ["Abstractions", "Audio", "Mqtt", "Configuration", "Diagnosis"],
        ["State"] = ["Models", "Pipeline", "Publishing", "Diary", "Configuration"],
        ["Reports"] = ["Diary", "Configuration", "Evaluation"],
        ["Manual"] = ["Configuration"],
        ["Cluster"] = ["Manual", "State", "Web"],
        ["Daemon"] = ["Diagnosis", "Manual", "PluginHost", "Reports", "Setup", "State", "Web"],
    };

    [Fact]
    public void References_point_one_way()
    {
        var projects = Directory.GetFiles(Repository.PathOf("src"), "SernetStream.*.csproj", SearchOption.AllDirectories);
        Assert.Equal(Allowed.Keys.Order(), projects.Select(PartOf).Order());
        foreach (var project in projects)
        {
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(reference => PartOf((string)reference.Attribute("Include")!))
                .Where(part => part != "*");
            Assert.Subset(Allowed[PartOf(project)].ToHashSet(), references.ToHashSet());
        }
    }

    [Fact]
    public void Plugins_refer_to_the_contract_alone()
    {
        var projects = Directory.GetFiles(Repository.PathOf("plugins"), "*.*proj", SearchOption.AllDirectories)
            .Append(Repository.PathOf("plugins", "Directory.Build.props"));
        var references = projects.SelectMany(project => XDocument.Load(project).Descendants("ProjectReference"))
            .Select(reference => PartOf((string)reference.Attribute("Include")!));
        Assert.Equal(["Abstractions"], references);
    }

    [Fact]
    public void Every_output_carries_the_native_runtime_for_both_machines_and_no_other()
    {
        var output = Path.GetDirectoryName(Repository.Daemon)!;
        Assert.Equal(
            ["linux-arm64", "linux-x64"],
            Directory.GetDirectories(Path.Combine(output, "runtimes")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var (runtime, machine) in new[] { ("linux-x64", (byte)0x3E), ("linux-arm64", (byte)0xB7) })
        {
            var library = Path.Combine(output, "runtimes", runtime, "native", "libonnxruntime.so");
            using var stream = File.OpenRead(library);
            var header = new byte[20];
            stream.ReadExactly(header);
            Assert.Equal("\u007fELF"u8, header.AsSpan(0, 4));
            Assert.Equal(machine, header[18]);
        }
    }

    private static string PartOf(string project) =>
        Path.GetFileNameWithoutExtension(project).Replace("SernetStream.", "", StringComparison.Ordinal);
}
