using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SernetStream.Tests;

/// <summary>Readers depend on the JSON form: the keys, their order and the number format must not change.</summary>
public sealed class EmotionEventJsonTests
{
    private static readonly string[] Labels = ["anger", "boredom"];

    [Theory]
    [InlineData(EmotionEventKind.Interim, "interim")]
    [InlineData(EmotionEventKind.Final, "final")]
    [InlineData(EmotionEventKind.Change, "change")]
    public void Every_kind_has_its_literal_form(EmotionEventKind kind, string name)
    {
        var expected =
            """{"schema":1,"node":"kitchen","kind":"KIND","sequence":42,"time":"2026-01-01T12:00:00.000Z","""
            + "\"audioStart\":12.48,\"audioEnd\":15.48,\"emotion\":\"anger\",\"confidence\":0.81,\"arousal\":0.74,"
            + "\"previous\":\"neutral\",\"probabilities\":{\"anger\":0.81,\"boredom\":0.19},"
            + "\"raw\":{\"anger\":0.93,\"boredom\":0.07},\"model\":\"light-sernet-emodb-int8\",\"latencyMs\":9.4}";

        Assert.Equal(expected.Replace("KIND", name, StringComparison.Ordinal), EmotionEventJson.ToText(Event(kind)));
    }

    [Fact]
    public void A_kind_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EmotionEventJson.ToText(Event((EmotionEventKind)99)));

    [Fact]
    public void Numbers_are_rounded_and_never_in_exponents()
    {
        var text = EmotionEventJson.ToText(Event() with
        {
            AudioStart = 0.00004,
            AudioEnd = 1234567.8915,
            Confidence = 1e-7f,
            Probabilities = new EmotionScores(Labels, [0.123456f, 0.99996f]),
            Raw = new EmotionScores(Labels, [-0.00001f, float.NaN]),
            LatencyMs = 9.3951,
        });

        Assert.Contains("\"audioStart\":0,\"audioEnd\":1234567.892,", text, StringComparison.Ordinal);
        Assert.Contains("\"confidence\":0,", text, StringComparison.Ordinal);
        Assert.Contains("\"probabilities\":{\"anger\":0.1235,\"boredom\":1}", text, StringComparison.Ordinal);
        Assert.Contains("\"raw\":{\"anger\":0,\"boredom\":null}", text, StringComparison.Ordinal);
        Assert.EndsWith("\"latencyMs\":9.4}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Arousal_that_is_not_known_is_null() =>
        Assert.Contains("\"arousal\":null,", EmotionEventJson.ToText(Event() with { Arousal = null }), StringComparison.Ordinal);

    [Fact]
    public void Times_are_UTC_whatever_the_zone()
    {
        var time = new DateTimeOffset(2026, 7, 1, 0, 30, 0, 123, TimeSpan.FromHours(2));

        Assert.Equal("2026-06-30T22:30:00.123Z", EmotionEventJson.Timestamp(time));
    }

    [Fact]
    public void The_culture_of_the_machine_does_not_matter()
    {
        var before = CultureInfo.CurrentCulture;
        var expected = EmotionEventJson.ToText(Event());
        try
        {
            // A culture of our own, since the tests run without the system's cultures.
            var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            odd.NumberFormat.NumberDecimalSeparator = ",";
            odd.NumberFormat.NegativeSign = "~";
            odd.DateTimeFormat.TimeSeparator = ".";
            CultureInfo.CurrentCulture = odd;

            Assert.Equal(expected, EmotionEventJson.ToText(Event()));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("Küche", "Küche")]
    [InlineData("リビング", "リビング")]
    [InlineData("a \"b\" \\ \n", "a \\\"b\\\" \\\\ \\n")]
    public void Names_are_written_as_people_write_them(string node, string escaped)
    {
        var text = EmotionEventJson.ToText(Event() with { Node = node });

        Assert.StartsWith($$"""{"schema":1,"node":"{{escaped}}",""", text, StringComparison.Ordinal);
        Assert.Equal(node, JsonDocument.Parse(text).RootElement.GetProperty("node").GetString());
    }

    [Fact]
    public void Text_and_bytes_are_the_same() =>
        Assert.Equal(EmotionEventJson.ToText(Event()), Encoding.UTF8.GetString(EmotionEventJson.ToUtf8(Event())));

    private static EmotionEvent Event(EmotionEventKind kind = EmotionEventKind.Final) => new()
    {
        Node = "kitchen",
        Kind = kind,
        Sequence = 42,
        Time = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero),
        AudioStart = 12.48,
        AudioEnd = 15.48,
        Emotion = "anger",
        Confidence = 0.81f,
        Arousal = 0.74f,
        Previous = "neutral",
        Probabilities = new EmotionScores(Labels, [0.81f, 0.19f]),
        Raw = new EmotionScores(Labels, [0.93f, 0.07f]),
        Model = "light-sernet-emodb-int8",
        LatencyMs = 9.4,
    };
}
