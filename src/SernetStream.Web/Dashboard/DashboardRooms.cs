namespace SernetStream.Web.Dashboard;

/// <summary>The rooms that the dashboard shows: a node is one, a house has many. A request names its room with <c>?room=</c>.</summary>
/// <param name="isHouse">Whether there may be many.</param>
/// <param name="all">Those there are now; of a node, exactly one.</param>
internal sealed class DashboardRooms(bool isHouse, Func<IReadOnlyList<LiveFeed>> all)
{
    /// <summary>What a request names its room with.</summary>
    public const string Key = "room";

    /// <summary>Whether there may be many.</summary>
    public bool IsHouse => isHouse;

    /// <summary>Those there are now.</summary>
    public IReadOnlyList<LiveFeed> All => all();

    /// <summary>Answers for the room that the request names; for the first, where it names none.</summary>
    public RequestDelegate In(Func<LiveFeed, NodeView, HttpContext, Task> answer) => context =>
    {
        var name = context.Request.Query[Key].ToString();
        var rooms = All;
        var room = rooms.FirstOrDefault(room => name.Length == 0 || room.Room == name);
        return room switch
        {
            null => RequestErrors.AnswerAsync(
                context.Response,
                StatusCodes.Status404NotFound,
                rooms.Count == 0 ? "There are no rooms at the moment." : $"There is no room of this name; there are: {string.Join(", ", rooms.Select(room => room.Room))}."),
            { Node: { } node } => answer(room, node, context),
            _ => RequestErrors.AnswerAsync(
                context.Response, StatusCodes.Status503ServiceUnavailable, $"Nothing was heard from {room.Room} yet; the log says why. It is tried again."),
        };
    };

    /// <inheritdoc cref="In(Func{LiveFeed, NodeView, HttpContext, Task})"/>
    public RequestDelegate In(Func<NodeView, HttpContext, Task> answer) => In((_, node, context) => answer(node, context));
}
