using SernetStream.Evaluation.Corpora;
using SernetStream.Testing;

namespace SernetStream.Evaluation.Tests;

public sealed class EmotionCorpusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_table_is_read_with_its_quotes_whatever_the_name()
    {
        Touch("a, b.wav", "c.wav");
        _folder.Write("labels.csv", "label,\"file\",speaker,sentence,note\r\nanger,\"a, b.wav\",01,s1,\"said \"\"so\"\"\"\r\n\r\nfear,c.wav,02,s2,");
        var corpus = EmotionCorpus.Read("ravdess", _folder.FullPath);
        Assert.Equal([new LabelledClip("a, b.wav", "anger", "01"), new LabelledClip("c.wav", "fear", "02")], corpus.Clips);
        Assert.Equal("ravdess", corpus.Name);
    }

    [Theory]
    [InlineData("file,emotion,speaker,sentence\na.wav,anger,01,s1\n", CorpusError.BadTable, "no column 'label'")]
    [InlineData("file,label,speaker,sentence\na.wav,anger,01\n", CorpusError.BadTable, "row 2 is not complete")]
    [InlineData("file,label,speaker,sentence\n", CorpusError.BadTable, "lists no files")]
    [InlineData("", CorpusError.BadTable, "no column 'file'")]
    [InlineData("file,label,speaker,sentence\ngone.wav,anger,01,s1\na.wav,anger,01,s1\n", CorpusError.Incomplete, "1 of the 2 files")]
    public void A_wrong_table_says_what_is_wrong(string table, CorpusError error, string sentence)
    {
        Touch("a.wav");
        _folder.Write("labels.csv", table);
        AssertRefused("table", error, sentence);
    }

    [Fact]
    public void It_can_be_narrowed_to_speakers()
    {
        var corpus = new EmotionCorpus("mine", "folder", [new("a", "anger", "02"), new("b", "fear", "01"), new("c", "fear", "02")]);
        Assert.Same(corpus, corpus.Of([]));
        Assert.Equal(["a", "c"], corpus.Of(["02"]).Clips.Select(clip => clip.File));
        Assert.Equal(3, corpus.Of(["01", "02"]).Clips.Count);
        var error = Assert.Throws<CorpusException>(() => corpus.Of(["01", "2"]));
        Assert.Equal(CorpusError.UnknownSpeaker, error.Error);
        Assert.Equal("There is no speaker '2' in mine; there are 01, 02.", error.Message);
    }

    [Fact]
    public void Emodb_is_read_by_its_file_names()
    {
        MakeEmodb();
        var corpus = EmotionCorpus.Read("emodb", _folder.FullPath);
        Assert.Equal(535, corpus.Clips.Count);
        Assert.Contains(new LabelledClip("wav/03a01Fa.wav", "happiness", "03"), corpus.Clips);
        Assert.Equal(10, corpus.Clips.Select(clip => clip.Speaker).Distinct().Count());
    }

    [Fact]
    public void A_half_copied_corpus_says_what_is_missing()
    {
        MakeEmodb();
        File.Delete(_folder.PathOf("wav/03a01Fa.wav"));
        AssertRefused("emodb", CorpusError.Incomplete, "534 of the 535 clips of EMO-DB");
        foreach (var file in Directory.GetFiles(_folder.PathOf("wav"), "16*"))
        {
            File.Delete(file);
        }

        AssertRefused("emodb", CorpusError.Incomplete, "no clips of the speakers 16 of EMO-DB");
        AssertRefused("emovo", CorpusError.Missing, "no audio files named as in EMOVO");
    }

    [Fact]
    public void Iemocap_is_read_by_its_evaluations()
    {
        MakeIemocap();
        var all = EmotionCorpus.Read("iemocap", _folder.FullPath);
        Assert.Equal(15, all.Clips.Count);
        Assert.Contains(
            new LabelledClip("Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M000.wav", "happiness", "Ses01M"), all.Clips);
        Assert.Equal(10, EmotionCorpus.Read("iemocap-improvised", _folder.FullPath).Clips.Count);
        Assert.Equal("anger", EmotionCorpus.Read("iemocap-scripted", _folder.FullPath).Clips[0].Label);
        Directory.Delete(_folder.PathOf("Session4"), recursive: true);
        AssertRefused("iemocap", CorpusError.Incomplete, "Session4/dialog/EmoEvaluation");
    }

    [Fact]
    public void Names_and_folders_that_do_not_exist_are_refused()
    {
        AssertRefused("emo", CorpusError.UnknownName, "there are table, emodb, ravdess");
        AssertRefused("table", CorpusError.Missing, "holds no labels.csv");
        var error = Assert.Throws<CorpusException>(() => EmotionCorpus.Read("emodb", _folder.PathOf("gone")));
        Assert.Equal(CorpusError.Missing, error.Error);
    }

    [NeedsTheory("data:emodb")]
    [InlineData("emodb", 535, 10)]
    [InlineData("ravdess", 1439, 24)]
    [InlineData("nemo", 4481, 9)]
    [InlineData("banglaser", 1466, 34)]
    public void Names_of_files_say_what_the_tables_of_real_corpora_say(string name, int clips, int speakers)
    {
        var table = EmotionCorpus.Read(name, Repository.Dataset(name));
        var names = CorpusLayout.Published.Single(layout => layout.Name == name).Read(Repository.Dataset(name));
        Assert.Equal(clips, names.Count);
        Assert.Equal(speakers, names.Select(clip => clip.Speaker).Distinct().Count());
        Assert.Equal(table.Clips.OrderBy(clip => clip.File, StringComparer.Ordinal), names);
    }

    private void AssertRefused(string name, CorpusError error, string sentence)
    {
        var thrown = Assert.Throws<CorpusException>(() => EmotionCorpus.Read(name, _folder.FullPath));
        Assert.Equal(error, thrown.Error);
        Assert.Contains(sentence, thrown.Message, StringComparison.Ordinal);
    }

    private void MakeEmodb()
    {
        string[] speakers = ["03", "08", "09", "10", "11", "12", "13", "14", "15", "16"];
        string[] texts = ["a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10"];
        Touch([.. texts.SelectMany(text => "WLEAFTN".SelectMany(emotion => speakers.Select(s => $"wav/{s}{text}{emotion}a.wav"))).Take(535)]);
    }

    private void MakeIemocap()
    {
        for (var number = 1; number <= 5; number++)
        {
            Dialogue(number, "impro01", ("F000", "neu"), ("M000", "exc"), ("M001", "xxx"));
            Dialogue(number, "script01_1", ("F000", "ang"));
        }
    }

    private void Dialogue(int session, string dialog, params (string Turn, string Label)[] turns)
    {
        var name = $"Ses{session:00}F_{dialog}";
        Touch([.. turns.Select(turn => $"Session{session}/sentences/wav/{name}/{name}_{turn.Turn}.wav")]);
        var evaluation = _folder.PathOf($"Session{session}/dialog/EmoEvaluation");
        Directory.CreateDirectory(evaluation);
        File.WriteAllLines(
            Path.Combine(evaluation, name + ".txt"),
            ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", .. turns.Select(turn => $"[6.2901 - 8.2357]\t{name}_{turn.Turn}\t{turn.Label}\t[2.5, 2.5, 2.5]")]);
    }

    private void Touch(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.PathOf(file))!);
            File.WriteAllText(_folder.PathOf(file), "");
        }
    }
}
