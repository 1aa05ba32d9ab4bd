using SernetStream.Diagnosis;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_built_in_model_has_a_known_answer_and_gives_it()
    {
        foreach (var card in ModelCatalog.BuiltIn)
        {
            Assert.True(GoldenOutputs.Of(card) is not null, $"{card.Name} has no known answer: run 'make generate'.");
            Assert.All(
                ModelChecks.All(card.Name, new PipelineOptions(), windowMs: 1),
                finding => Assert.True(finding.Severity == Severity.Ok, finding.What));
        }
    }

    [Fact]
    public void Another_answer_than_the_known_one_is_a_fault()
    {
        Assert.Equal(Severity.Fault, ModelChecks.Judge([0.1f, 0.9f], [0.9f, 0.1f]).Severity);
        Assert.Equal(Severity.Ok, ModelChecks.Judge([0.88f, 0.12f], [0.9f, 0.1f]).Severity);
    }

    [Theory]
    [InlineData(5, Severity.Ok)]
    [InlineData(300, Severity.Warning)]
    [InlineData(600, Severity.Fault)]
    internal void A_model_that_cannot_keep_up_with_the_hop_is_a_fault(double windowMs, Severity severity)
    {
        var finding = ModelChecks.Speed(windowMs, new PipelineOptions { HopSeconds = 0.512 });
        Assert.Equal(severity, finding.Severity);
        Assert.Equal(severity != Severity.Ok, finding.Remedy.Contains("windows.hop", StringComparison.Ordinal));
    }

    [Fact]
    public void A_clock_before_the_program_was_built_is_a_fault()
    {
        var clock = new ManualTime();
        var finding = Assert.Single(MachineChecks.Clock(clock, clock.GetUtcNow().AddYears(1)));
        Assert.Equal(Severity.Fault, finding.Severity);
        Assert.Contains("timedatectl", finding.Remedy, StringComparison.Ordinal);
        Assert.Equal(Severity.Ok, Assert.Single(MachineChecks.Clock(clock, clock.GetUtcNow().AddYears(-1), _folder.PathOf("none"))).Severity);
    }

    [Fact]
    public void A_clock_that_was_never_synchronised_is_a_warning()
    {
        var clock = new ManualTime();
        var finding = Assert.Single(MachineChecks.Clock(clock, clock.GetUtcNow().AddYears(-1), _folder.FullPath));
        Assert.Equal(Severity.Warning, finding.Severity);
    }

    [Fact]
    public void A_library_that_is_missing_is_a_fault_where_it_is_needed()
    {
        var findings = MachineChecks.Libraries(
        [
            new("libnothing-of-the-sort.so.9", "libnothing9", "do nothing", IsNeeded: true),
            new("libnothing-of-the-sort.so.9", "libnothing9", "do nothing", IsNeeded: false),
        ]).ToList();
        Assert.Equal([Severity.Fault, Severity.Warning], findings.Select(finding => finding.Severity));
        Assert.All(findings, finding => Assert.Contains("apt install", finding.Remedy, StringComparison.Ordinal));
    }
}
