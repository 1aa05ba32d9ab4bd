using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Models.Teaching;
using SernetStream.Pipeline;
using SernetStream.State;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>What a node learnt of a household, over restarts and with a damaged file.</summary>
[SupportedOSPlatform("linux")]
public sealed class HouseholdTests : IDisposable
{
    private static readonly ModelCard Card = ModelCatalog.CardOf(ModelCatalog.Default);

    private readonly TemporaryFolder _folder = new();
    private readonly ListLog _log = new();
    private readonly LearntFile _file;

    public HouseholdTests()
    {
        _file = LearntFile.In(_folder.FullPath, "living room/../1");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_kept_comes_back_and_only_its_owner_may_read_it()
    {
        var anna = Moments(8, 0.5f);
        _file.Write(LearntState.Nothing(Card).With("ANNA", anna) with { Corrections = Moments(2, -3) }, Card);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_file.Location));
        Assert.StartsWith(_folder.PathOf("learnt"), Path.GetFullPath(_file.Location), StringComparison.Ordinal);
        var (state, problem) = _file.Read(Card);
        Assert.Null(problem);
        Assert.Equal((2, 8), (state!.Corrections.Count, state.Enrolled["ANNA"].Count));
        Assert.Equal(anna.Sums, state.Enrolled["ANNA"].Sums);
        Assert.Equal(anna.Weights, state.Everybody(Card).Weights);
        var household = Begin();
        Assert.Equal(2, household.Teacher.Corrections.Count);
        Assert.Contains("8 utterances of 1 people who enrolled, 2 that were labelled", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_is_forgotten_is_gone_and_others_stay()
    {
        _file.Write(LearntState.Nothing(Card).With("ANNA", Moments(8, 1)).With("BEN", Moments(8, 2)), Card);
        // The mode stands for the owner, which only root could change here.
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        File.SetUnixFileMode(_file.Location, Owner);
        Assert.False(_file.Forget("anna"));
        Assert.True(_file.Forget("ANNA"));
        Assert.Equal(["BEN"], _file.Read(Card).State!.Enrolled.Keys);
        Assert.Equal(Owner, File.GetUnixFileMode(_file.Location));
        _file.Delete();
        Assert.Empty(_file.Read(Card).State!.Enrolled);
    }

    /// <summary>A loss of power in the middle of it leaves the old file or the new one.</summary>
    [Fact]
    public async Task Who_is_forgotten_is_gone_in_one_stroke_and_the_file_stays_its_owners()
    {
        _file.Write(LearntState.Nothing(Card).With("ANNA", Moments(8, 1)).With("BEN", Moments(8, 2)), Card);
        var isRoot = Environment.IsPrivilegedProcess;
        await ChildProcess.RunAsync("chown", [isRoot ? "65534:65534" : Environment.UserName, _file.Location]);
        var before = await File.ReadAllBytesAsync(_file.Location);
        await using var old = File.OpenRead(_file.Location);
        Assert.True(_file.Forget("ANNA"));

        // Whoever has the old file open still reads all of it: nothing was written into it.
        var kept = new byte[before.Length];
        await old.ReadExactlyAsync(kept);
        Assert.Equal(before, kept);
        Assert.NotEqual(before, await File.ReadAllBytesAsync(_file.Location));
        var owner = await ChildProcess.RunAsync("stat", ["-c", "%u %a", _file.Location]);
        Assert.Matches(isRoot ? "^65534 600" : "^[0-9]+ 600", owner.Output);
    }

    [Theory]
    [InlineData("", "is damaged")]
    [InlineData("{\"version\":1", "is damaged")]
    [InlineData("{\"version\":1}", "is damaged")]
    [InlineData("[]", "is damaged")]
    [InlineData("{\"version\":2,\"anything\":true}", "was written by a newer version of sernetd")]
    [InlineData("other model", "was learnt with another model than light-sernet-streaming-int8")]
    [InlineData("cut off", "is damaged")]
    public void A_file_that_cannot_be_used_is_said_once_and_stays_as_it_is(string content, string reason)
    {
        _file.Write(LearntState.Nothing(Card).With("ANNA", Moments(8, 1)), Card);
        var whole = File.ReadAllText(_file.Location);
        File.WriteAllText(_file.Location, content switch
        {
            "other model" => whole.Replace(Card.Sha256, new string('0', 64), StringComparison.Ordinal),
            "cut off" => whole.Replace("AAAA", "", StringComparison.Ordinal),
            _ => content,
        });
        var before = File.ReadAllBytes(_file.Location);

        var household = Begin();
        Assert.Contains(reason, Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains("stays as it is", _log.Lines[0], StringComparison.Ordinal);
        Assert.NotNull(household.Give("sadness"));
        Assert.Single(_log.Lines);
        Assert.Equal(before, File.ReadAllBytes(_file.Location));
    }

    [Fact]
    public void What_cannot_be_written_leaves_the_file_as_it_is()
    {
        _file.Write(LearntState.Nothing(Card).With("ANNA", Moments(8, 1)), Card);
        var before = File.ReadAllBytes(_file.Location);
        Directory.CreateDirectory(_file.Location + ".new");
        Assert.ThrowsAny<Exception>(() => _file.Write(LearntState.Nothing(Card), Card));
        Assert.Equal(before, File.ReadAllBytes(_file.Location));
    }

    [Fact]
    public void A_node_that_is_renamed_keeps_what_it_learnt()
    {
        _file.Write(LearntState.Nothing(Card).With("ANNA", Moments(8, 1)), Card);
        _file.Rename(_folder.FullPath, "hall");
        Assert.False(File.Exists(_file.Location));
        Assert.Single(LearntFile.In(_folder.FullPath, "hall").Read(Card).State!.Enrolled);
    }

    [Fact]
    public void Feedback_without_an_utterance_is_answered_and_not_learnt()
    {
        var household = Begin();
        Assert.Contains("nobody has spoken", household.Give("sadness"), StringComparison.Ordinal);
        Assert.StartsWith("nothing learnt: nobody has spoken", household.Answer, StringComparison.Ordinal);
        Assert.False(File.Exists(_file.Location));
    }

    [Fact]
    public void Nothing_is_learnt_unless_it_is_wanted_and_the_model_can()
    {
        Assert.Null(Household.Begin(Learning.Off, _file, Card, new PipelineControls(), _log));
        Assert.Null(Household.Begin(Learning.Session, _file, ModelCatalog.CardOf(ModelCatalog.WithBaseline), new PipelineControls(), _log));
        Assert.Empty(_log.Lines);
        Assert.Null(Household.Begin(Learning.Keep, _file, ModelCatalog.CardOf("light-sernet-emodb-int8"), new PipelineControls(), _log));
        Assert.Contains("cannot learn from labelled utterances", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_is_not_asked_in_vain_of_a_model_without_one()
    {
        Assert.Null(Household.Begin(Learning.Session, _file, ModelCatalog.CardOf("light-sernet-streaming-int8"), new PipelineControls(), _log));
        Assert.Contains($"has no baseline, so that learn: session changes nothing; use {ModelCatalog.WithBaseline}", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void With_labelled_nothing_is_read_or_written()
    {
        _file.Write(LearntState.Nothing(Card) with { Corrections = Moments(2, 1) }, Card);
        var household = Household.Begin(Learning.Labelled, _file, Card, new PipelineControls(), _log)!;
        Assert.Equal(0, household.Teacher.Corrections.Count);
        Assert.Empty(_log.Lines);
    }

    private Household Begin() => Household.Begin(Learning.Keep, _file, Card, new PipelineControls(), _log)!;

    private static LabelledMoments Moments(int count, float sum)
    {
        var sums = new float[Card.Labels.Count * Card.Moods!.FeatureCount];
        Array.Fill(sums, sum);
        return new LabelledMoments(count, [0, 0, count, 0], sums);
    }

    private sealed class ListLog : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
