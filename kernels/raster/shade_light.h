/* Lights, and the reflection of their light by a surface.
 *
 * Reflection follows the metallic-roughness model: Lambert's diffuse term and a microfacet term with the GGX
 * distribution (Walter et al., "Microfacet models for refraction through rough surfaces", 2007), Hammon's approximation
 * of Smith's joint visibility ("PBR diffuse lighting for GGX+Smith microsurfaces", GDC 2017) and Schlick's Fresnel term
 * ("An inexpensive BRDF model", 1994). Light colours absorb a factor of pi: a white Lambert surface that faces a light
 * of colour 1 has the value 1. */
#ifndef MYR_SHADE_LIGHT_H
#define MYR_SHADE_LIGHT_H

#include "kernels/raster/raster_block.h"
#include "kernels/raster/shade_color.h"

/* ------------------------------------------------------------------------------------------------ lights */

/* A light from the lit points. */
typedef struct light_sample {
  vec3 towards;   /* m, to the light; unit for a directional one */
  real squared;   /* its length */
  vec3 direction; /* unit, towards the light */
  real length;    /* m, to the light; very long for a directional one */
  real spread;    /* radius of the light over its distance */
  real strength;  /* of its colour, before shadows: attenuation and the spot's cone */
} light_sample;
#define DIRECTIONAL_LENGTH 1e30f

/* A light as one view needs it: the values that are the same for all points. */
typedef struct view_light {
  scalar position[3]; /* directional: unit, towards the light */
  scalar axis[3];     /* of a spot: towards the light */
  scalar color[3];
  scalar radius;
  scalar attenuation[3];
  scalar strength;                /* where it does not depend on the distance */
  scalar cone_scale, cone_offset; /* of the cosine, 0 at the cone's edge and 1 inside */
  int32_t directional, spot, fades, shadows;
} view_light;

KERNEL void prepare_light(const myr_light *light, view_light *out) {
  const scalar *a = light->attenuation;
  scalar width = light->cone_inner - light->cone_outer;
  out->directional = light->kind == MYR_LIGHT_DIRECTIONAL;
  out->spot = light->kind == MYR_LIGHT_SPOT;
  out->shadows = light->shadows;
  out->fades = !out->directional && (a[1] > 0 || a[2] > 0);
  out->strength = out->directional ? 1 : 1 / (a[0] > 1e-6f ? a[0] : 1e-6f);
  out->cone_scale = 1 / (width > 1e-6f ? width : 1e-6f); /* a cone without a soft rim has a hard one */
  out->cone_offset = -light->cone_outer * out->cone_scale;
  out->radius = light->radius;
  for (int i = 0; i < 3; i++) {
    out->axis[i] = -light->direction[i];
    out->position[i] = out->directional ? -light->direction[i] : light->position[i];
    out->color[i] = light->color[i];
    out->attenuation[i] = a[i];
  }
}

KERNEL light_sample sample_light(const view_light *light, vec3 position) {
  light_sample s;
  s.strength = splat(light->strength);
  if (light->directional) {
    s.towards = s.direction = v3_splat(light->position);
    s.squared = splat(1);
    s.length = splat(DIRECTIONAL_LENGTH);
    s.spread = splat(light->radius);
    return s;
  }
  s.towards = v3_sub(v3_splat(light->position), position);
  s.squared = maximum(v3_dot(s.towards, s.towards), splat(1e-12f));
  s.length = square_root(s.squared);
  real inverse = splat(1) / s.length;
  s.direction = v3_scale(s.towards, inverse);
  s.spread = splat(light->radius) * inverse;
  if (light->fades) {
    const scalar *a = light->attenuation;
    real falloff = fmadd(splat(a[2]), s.squared, fmadd(splat(a[1]), s.length, splat(a[0])));
    s.strength = splat(1) / maximum(falloff, splat(1e-6f));
  }
  if (light->spot) {
    real cosine = v3_dot(s.direction, v3_splat(light->axis));
    s.strength = s.strength * smoothstep(fmadd(cosine, splat(light->cone_scale), splat(light->cone_offset)));
  }
  return s;
}

/* ------------------------------------------------------------------------------------------------ surfaces */

/* The material of the seen points, prepared for lighting. */
typedef struct material {
  vec3 diffuse;  /* colour of the light that enters and comes out again in all directions */
  vec3 facing;   /* reflectance at normal incidence: the colour for a metal */
  real entering; /* share of the light that is not mirrored at normal incidence by a dielectric */
  real alpha;    /* of GGX */
  real roughness;
  real inverse_softness; /* of the mirrored sky */
  mask shiny;            /* it has highlights and reflections at all */
} material;

/* The least roughness. Sharper highlights would fall between the pixels of any sensor here, and their arithmetic would
 * leave a float's range. */
#define LEAST_ALPHA 0.01f
/* The distance from the horizon, as a sine, over which the gradient's sky blends into the ground. */
#define HORIZON_SOFTNESS 0.02f

/* A surface as one view needs it: the values that are the same for all its points. */
typedef struct view_surface {
  const myr_surface *surface;
  int32_t pattern;               /* MYR_PATTERN_NONE where the view draws none */
  scalar color[3], to_color2[3]; /* to_color2: from color to the pattern's other colour */
  scalar emission;
  scalar opaque;               /* 1 - metallic */
  scalar metallic, dielectric; /* dielectric: reflectance of the share that is no metal */
  scalar entering, alpha, roughness, inverse_softness;
  int32_t shiny;
} view_surface;

KERNEL void prepare_surface(const myr_surface *surface, const myr_view *view, view_surface *out) {
  scalar roughness = surface->roughness, alpha = roughness * roughness;
  out->surface = surface;
  out->pattern = view->patterns ? surface->pattern : MYR_PATTERN_NONE;
  for (int i = 0; i < 3; i++) {
    out->color[i] = surface->color[i];
    out->to_color2[i] = surface->color2[i] - surface->color[i];
  }
  out->emission = surface->emission;
  out->shiny = view->highlights && (surface->metallic > 0 || surface->reflectance > 0);
  out->metallic = out->shiny ? surface->metallic : 0;
  out->opaque = 1 - out->metallic;
  out->dielectric = out->shiny ? surface->reflectance * out->opaque : 0;
  out->entering = out->shiny ? 1 - surface->reflectance : 1;
  out->alpha = alpha > LEAST_ALPHA ? alpha : LEAST_ALPHA;
  out->roughness = roughness;
  out->inverse_softness = 1 / (roughness > HORIZON_SOFTNESS ? roughness : HORIZON_SOFTNESS);
}

/* highlights: 0 where the view has none, and so no surface is a metal. */
KERNEL material material_of(const view_surface *s, vec3 color, int highlights) {
  const real metallic = splat(s->metallic), dielectric = splat(s->dielectric);
  material m;
  m.diffuse = highlights ? v3_scale(color, splat(s->opaque)) : color;
  m.facing = v3(fmadd(color.x, metallic, dielectric), fmadd(color.y, metallic, dielectric),
                fmadd(color.z, metallic, dielectric));
  m.entering = splat(s->entering);
  m.alpha = splat(s->alpha);
  m.roughness = splat(s->roughness);
  m.inverse_softness = splat(s->inverse_softness);
  m.shiny = mask_splat(s->shiny);
  return m;
}

KERNEL material material_choose(mask on, const material *a, const material *b) {
  material m;
  m.diffuse = v3_choose(on, a->diffuse, b->diffuse);
  m.facing = v3_choose(on, a->facing, b->facing);
  m.entering = choose(on, a->entering, b->entering);
  m.alpha = choose(on, a->alpha, b->alpha);
  m.roughness = choose(on, a->roughness, b->roughness);
  m.inverse_softness = choose(on, a->inverse_softness, b->inverse_softness);
  m.shiny = (a->shiny & on) | (b->shiny & mask_not(on));
  return m;
}

KERNEL real fifth_power(real x) {
  real squared = x * x;
  return squared * squared * x;
}

/* pi times distribution times visibility, where nl, nv > 0 and vl are the cosines between normal, viewer and light.
 * With h = v + l, |h|^2 = 2 + 2 vl =: s and (n.h)^2 = (nv + nl)^2 / s =: m / s:
 *   pi D = alpha^2 / ((n.h)^2 (alpha^2 - 1) + 1)^2 = alpha^2 s^2 / (s - m + alpha^2 m)^2
 *   V    = 1 / (2 mix(2 nl nv, nl + nv, alpha)) */
KERNEL real highlight(real nl, real nv, real vl, real alpha) {
  const real smallest = splat(1e-12f); /* against 0/0 at grazing angles */
  real s = fmadd(splat(2), vl, splat(2)), sum = nv + nl, m = sum * sum;
  real alpha_squared = alpha * alpha;
  real spread = fmadd(alpha_squared, m, maximum(s - m, zero()));
  real masking = splat(2) * mix(splat(2) * nl * nv, sum, alpha);
  return alpha_squared * (s * s) / maximum(spread * spread * masking, smallest);
}

/* The factor by which Schlick's term goes from the reflectance at normal incidence to 1: (1 - l.h)^5, l.h = |h| / 2. */
KERNEL real grazing_factor(real vl) {
  real cosine = square_root(maximum(fmadd(splat(0.5f), vl, splat(0.5f)), zero()));
  return fifth_power(maximum(splat(1) - cosine, zero()));
}

/* A lit point. nv is kept above 0, so that highlights stay finite at the silhouette. */
typedef struct lit_point {
  vec3 normal, view; /* unit; view: towards the viewer */
  real nv;           /* n.v, at least LEAST_FACING */
  int shiny;         /* some lane is */
} lit_point;
#define LEAST_FACING 1e-4f

/* Light summed over the lights. */
typedef struct received {
  vec3 entering; /* times the diffuse colour */
  vec3 mirrored;
} received;

/* Adds the light of one source, from the direction `light`; `arriving` is the share of its colour that reaches each
 * m^2. Mirrored light does not enter the surface. A lane that is not shiny gets the same bits whether or not a
 * neighbouring lane is shiny. */
KERNEL void receive(received *sum, const material *m, const lit_point *p, const scalar color[3], vec3 light, real nl,
                    real arriving) {
  vec3 hue = v3_splat(color);
  if (!p->shiny) {
    sum->entering = v3_madd(hue, arriving, sum->entering);
    return;
  }
  real vl = v3_dot(p->view, light);
  real grazing = choose(m->shiny, grazing_factor(vl), zero());
  real mirrored = choose(m->shiny, arriving * highlight(nl, p->nv, vl, m->alpha), zero());
  real at_grazing = mirrored * grazing, facing = mirrored - at_grazing;
  real entering = arriving * fnmadd(m->entering, grazing, m->entering);
  sum->entering = v3_madd(hue, entering, sum->entering);
  sum->mirrored =
      v3_add_product(hue, v3_madd(m->facing, facing, v3(at_grazing, at_grazing, at_grazing)), sum->mirrored);
}

/* ------------------------------------------------------------------------------------------------ surroundings */

/* The sky, and the light that it sends to surfaces. */
typedef struct surroundings {
  scalar zenith[3], horizon[3], ground[3];
  scalar from_around[3], from_above[3]; /* irradiance over pi, `ambient` included: on a surface whose normal has the
                                           component z upwards, from_around + z from_above */
  scalar ambient[3];
  scalar sky_light;
} surroundings;

/* The colour in the direction whose sine of elevation is z: from horizon to zenith by z (2 - z), from horizon to ground
 * within 1 / inverse_softness of the horizon. */
KERNEL vec3 sky_gradient(const surroundings *s, real z, real inverse_softness) {
  real up = clamp(z, zero(), splat(1));
  vec3 above = v3_mix(v3_splat(s->horizon), v3_splat(s->zenith), up * (splat(2) - up));
  real half = splat(0.5f);
  return v3_mix(v3_splat(s->ground), above, smoothstep(fmadd(z * half, inverse_softness, half)));
}

/* Over the upper half space the weight z (2 - z) of the zenith has the cosine-weighted mean 5/6. */
KERNEL void surroundings_light(surroundings *s, const scalar ambient[3], scalar sky_light) {
  s->sky_light = sky_light;
  for (int i = 0; i < 3; i++) {
    scalar above = sky_light * (s->horizon[i] + (s->zenith[i] - s->horizon[i]) * (5.0f / 6.0f));
    scalar below = sky_light * s->ground[i];
    s->ambient[i] = ambient[i];
    s->from_around[i] = ambient[i] + 0.5f * (above + below);
    s->from_above[i] = 0.5f * (above - below);
  }
}

/* Light from everywhere: the sky's by the side that the surface is turned to, and for shiny surfaces its reflection,
 * blurred by the roughness. The reflected share is Schlick's with the grazing end lowered by the roughness (Lagarde,
 * "Adopting a physically based shading model", 2011). */
KERNEL received receive_surroundings(const surroundings *s, const material *m, const lit_point *p) {
  received r;
  r.entering = v3_madd(v3_splat(s->from_above), p->normal.z, v3_splat(s->from_around));
  r.mirrored = v3_zero();
  if (!p->shiny) return r;
  r.entering = v3_choose(m->shiny, v3_scale(r.entering, m->entering), r.entering);
  real up = fmsub(splat(2) * p->nv, p->normal.z, p->view.z); /* z of the mirrored direction */
  vec3 sky = v3_madd(sky_gradient(s, up, m->inverse_softness), splat(s->sky_light), v3_splat(s->ambient));
  real grazing = fifth_power(maximum(splat(1) - p->nv, zero())), smooth = splat(1) - m->roughness;
  vec3 share = v3(fmadd(maximum(smooth - m->facing.x, zero()), grazing, m->facing.x),
                  fmadd(maximum(smooth - m->facing.y, zero()), grazing, m->facing.y),
                  fmadd(maximum(smooth - m->facing.z, zero()), grazing, m->facing.z));
  r.mirrored = v3_choose(m->shiny, v3_multiply(share, sky), v3_zero());
  return r;
}

#endif
