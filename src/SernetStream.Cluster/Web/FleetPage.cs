using System.Text;
using System.Text.Json;
using SernetStream.Cluster.Fleet;
using SernetStream.Web.Dashboard;

namespace SernetStream.Cluster.Web;

/// <summary>The page that shows silos and rooms of the whole cluster, from any silo.</summary>
internal sealed class FleetPage(IGrainFactory grains, SiloReporter self)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ChangeLimit = TimeSpan.FromSeconds(8);
    private static readonly byte[] Page = Load("fleet.html");
    private static readonly byte[] Script = Load("fleet.js");

    public static Task ServePageAsync(HttpContext context) => ServeAsync(context, "text/html; charset=utf-8", Page);

    public static Task ServeScriptAsync(HttpContext context) => ServeAsync(context, "text/javascript; charset=utf-8", Script);

    /// <summary>The reports of all silos, or of this one while the book-keeping does not answer.</summary>
    public async Task ServeReportsAsync(HttpContext context)
    {
        IReadOnlyList<SiloReport> silos;
        var isWhole = true;
        try
        {
            silos = await grains.GetGrain<IFleetGrain>(0).SilosAsync().WaitAsync(CallLimit, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            (silos, isWhole) = ([self.Report()], false);
        }

        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(ToUtf8(silos, isWhole), context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Drains a silo, or ends that: <c>POST /silos/NAME/drain</c>, and <c>DELETE</c>.</summary>
    public Task DrainAsync(HttpContext context) => ChangeAsync(
        context, (books, silo) => books.DrainAsync(silo, drains: HttpMethods.IsPost(context.Request.Method)));

    /// <summary>Takes a room out that the cluster fetches: <c>DELETE /rooms/NAME</c>.</summary>
    public Task RemoveAsync(HttpContext context) => ChangeAsync(
        context, async (books, room) => await books.RemoveAsync(room).ConfigureAwait(false) ? null : $"The cluster fetches no room called {room}.");

    private async Task ChangeAsync(HttpContext context, Func<IFleetGrain, string, Task<string?>> change)
    {
        string? refusal;
        try
        {
            refusal = await change(grains.GetGrain<IFleetGrain>(0), (string)context.Request.RouteValues["name"]!)
                .WaitAsync(ChangeLimit, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RequestErrors.AnswerAsync(
                context.Response, StatusCodes.Status503ServiceUnavailable, "The cluster's book-keeping does not answer; try again.").ConfigureAwait(false);
            return;
        }

        if (refusal is not null)
        {
            await RequestErrors.AnswerAsync(context.Response, StatusCodes.Status409Conflict, refusal).ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>What this silo alone knows.</summary>
    public Task ServeOwnAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(ToUtf8([self.Report()], isWhole: false)).AsTask();
    }

    private static byte[] ToUtf8(IReadOnlyList<SiloReport> silos, bool isWhole) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            isWhole,
            silos = silos.Select(silo => new
            {
                silo.Name,
                Address = silo.Address.Endpoint.ToString(),
                silo.Page,
                silo.Processor,
                silo.Cores,
                silo.MemoryBytes,
                silo.Lag,
                silo.Shed,
                silo.Resting,
                silo.Drains,
                silo.Rooms,
            }),
        },
        JsonSerializerOptions.Web);

    private static async Task ServeAsync(HttpContext context, string type, byte[] bytes)
    {
        context.Response.ContentType = type;
        await context.Response.Body.WriteAsync(bytes).ConfigureAwait(false);
    }

    private static byte[] Load(string name)
    {
        using var stream = typeof(FleetPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Encoding.UTF8.GetBytes(reader.ReadToEnd());
    }
}
