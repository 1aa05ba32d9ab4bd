using System.Globalization;
using System.Text.Json;
using SernetStream.Diary;

namespace SernetStream.Web.Dashboard;

/// <summary>The diary for the dashboard: its days, and their removal. One request at a time looks into the file.</summary>
internal sealed class HistoryApi(NodeView node, DiaryFile? file, TimeProvider clock)
{
    private const int MostDays = 7;

    /// <summary>Utterances that a page shows; of a day with more, the last.</summary>
    private const int MostUtterances = 200;

    private static readonly DateOnly Earliest = new(2000, 1, 1);
    private static readonly DateOnly Latest = new(2200, 1, 1);

    private static readonly Lock Turn = new();

    private DateOnly Today => DateOnly.FromDateTime(clock.GetLocalNow().DateTime);

    /// <summary>Answers with the days from one on.</summary>
    public Task ServeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!int.TryParse(query["days"].ToString() is { Length: > 0 } said ? said : "1", NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count is < 1 or > MostDays)
        {
            return RefuseAsync(context, $"days is '{query["days"]}'; it must be 1 to {MostDays}.");
        }

        var first = Today.AddDays(1 - count);
        return query["from"].ToString() is { Length: > 0 } from && !TryDay(from, out first)
            ? RefuseAsync(context, $"from is '{from}'; it must be a day such as 2026-01-31.")
            : InTurnAsync(context, () => Look(first, count), seen => WriteAsync(context, seen.Days, seen.Entries));
    }

    /// <summary>Removes all entries, or those before a day.</summary>
    public async Task DeleteAsync(HttpContext context)
    {
        var request = await JsonRequest.ReadAsync(context).ConfigureAwait(false);
        var isAll = request.Switch("all") == true;
        var day = default(DateOnly);
        if (isAll == (request.Text("before") is not null) || (!isAll && !TryDay(request.Text("before"), out day)))
        {
            await RefuseAsync(context, "Send {\"all\": true}, or {\"before\": \"2026-01-31\"}.").ConfigureAwait(false);
            return;
        }

        await InTurnAsync(
            context,
            () => file is { Exists: true } ? Delete(file, isAll ? DateTimeOffset.MaxValue : Start(day), isAll) : $"There is no diary of {node.Name}.",
            sentence => RequestErrors.AnswerAsync(context.Response, StatusCodes.Status200OK, sentence)).ConfigureAwait(false);
    }

    private static string Delete(DiaryFile diary, DateTimeOffset before, bool isAll)
    {
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $"Deleted {diary.Delete(before)} entries, for good.");
        }
        catch (DiaryException error) when (isAll && error.Fault is DiaryFault.Damaged or DiaryFault.Newer)
        {
            diary.Remove();
            return "Removed the file, which could not be read. Restart sernetd (sudo systemctl restart sernetd), so that it begins a new one.";
        }
    }

    private static bool TryDay(string? text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day >= Earliest && day <= Latest;

    private DateTimeOffset Start(DateOnly day)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, clock.LocalTimeZone.GetUtcOffset(midnight));
    }

    /// <summary>Looks into the file, and answers with what is there, or what is wrong with it.</summary>
    private static async Task InTurnAsync<T>(HttpContext context, Func<T> look, Func<T, Task> answer)
    {
        T seen;
        try
        {
            lock (Turn)
            {
                seen = look();
            }
        }
        catch (DiaryException error)
        {
            await RequestErrors.AnswerAsync(context.Response, StatusCodes.Status503ServiceUnavailable, error.Message).ConfigureAwait(false);
            return;
        }

        await answer(seen).ConfigureAwait(false);
    }

    private (IReadOnlyList<DiaryDay> Days, long Entries) Look(DateOnly first, int count) => file is { Exists: true }
        ? (DiaryDay.Read(file, first, count), file.Count(DateTimeOffset.MaxValue))
        : (DiaryDay.Of([], first, count), 0);

    private Task WriteAsync(HttpContext context, IReadOnlyList<DiaryDay> days, long entries) => JsonAnswer.WriteAsync(context.Response, json =>
    {
        json.WriteString("node"u8, node.Name);
        json.WriteBoolean("keeps"u8, node.KeepsDiary);
        json.WriteNumber("entries"u8, entries);
        json.WriteString("today"u8, Name(Today));
        JsonObject.WriteTexts(json, "labels"u8, node.Model.Labels);
        json.WriteStartArray("days"u8);
        foreach (var day in days)
        {
            WriteDay(json, day, showsUtterances: days.Count == 1);
        }

        json.WriteEndArray();
    });

    private static void WriteDay(Utf8JsonWriter json, DiaryDay day, bool showsUtterances)
    {
        json.WriteStartObject();
        json.WriteString("date"u8, Name(day.Date));
        json.WriteNumber("count"u8, day.Utterances.Count);
        json.WriteStartArray("hours"u8);
        foreach (var hour in day.Hours)
        {
            json.WriteStartObject();
            foreach (var (emotion, seconds) in hour)
            {
                json.WriteNumber(emotion, Math.Round(seconds));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (showsUtterances)
        {
            json.WriteStartArray("utterances"u8);
            foreach (var utterance in day.Utterances.TakeLast(MostUtterances))
            {
                json.WriteStartObject();
                json.WriteString("time"u8, utterance.Time.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
                json.WriteString("emotion"u8, utterance.Emotion);
                EmotionEventJson.WriteRounded(json, "confidence"u8, utterance.Confidence, 3);
                EmotionEventJson.WriteRounded(json, "seconds"u8, utterance.Seconds, 1);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string Name(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static Task RefuseAsync(HttpContext context, string sentence) =>
        RequestErrors.AnswerAsync(context.Response, StatusCodes.Status400BadRequest, sentence);
}
